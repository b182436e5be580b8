/* What htmx does not do: the alarm for new red tasks, the state of the live connection, small comforts. */
(function () {
  "use strict";
  const SOUND = "banzhen.sound";
  const title = document.title;
  let known = null;
  let audio = null;

  function soundOn() { return localStorage.getItem(SOUND) === "on"; }

  function beep() {
    if (!soundOn()) return;
    audio = audio || new AudioContext();
    [0, 0.25, 0.5].forEach(function (at) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = 880;
      volume.gain.setValueAtTime(0.15, audio.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.18);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.2);
    });
  }

  function showSound() {
    const button = document.getElementById("sound");
    if (!button) return;
    button.textContent = "提示音：" + (soundOn() ? "开" : "关");
    button.setAttribute("aria-pressed", String(soundOn()));
  }

  function readBadge() {
    const badge = document.querySelector("#badge [data-red]");
    if (!badge) return;
    const red = badge.dataset.red ? badge.dataset.red.split(" ") : [];
    if (known !== null && red.some(function (id) { return !known.has(id); })) beep();
    known = new Set(red);
    document.title = (red.length ? "(" + red.length + " 紧急) " : "") + title;
  }

  function linkState(text, kind) {
    const place = document.getElementById("link-state");
    if (!place || place.textContent === text) return;
    place.textContent = text;
    place.className = "link-state " + kind;
  }

  function toEnd(list) { if (list) list.scrollTop = list.scrollHeight; }

  document.addEventListener("click", function (event) {
    const target = event.target.closest("[data-dismiss], #sound, [data-print]");
    if (!target) return;
    if (target.id === "sound") {
      localStorage.setItem(SOUND, soundOn() ? "off" : "on");
      showSound();
      beep();
    } else if (target.hasAttribute("data-print")) {
      window.print();
    } else {
      target.closest(".notice").remove();
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.target.matches("form[data-reset]") && event.detail.successful) event.target.reset();
  });

  document.addEventListener("htmx:sseOpen", function () { linkState("实时更新中", "live"); });
  document.addEventListener("htmx:sseError", function () { linkState("实时更新中断，正在重连…", "lost"); });
  document.addEventListener("htmx:sseMessage", function (event) {
    if (event.detail && event.detail.type === "signed_out") window.location.assign("/console/login");
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id === "badge") readBadge();
    if (event.target.id === "transcript") toEnd(event.target.querySelector(".transcript"));
    if (event.target.id === "notice" && event.target.firstElementChild) event.target.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:sendError", function () { linkState("网络中断，内容可能不是最新", "lost"); });
  document.addEventListener("DOMContentLoaded", function () {
    showSound();
    document.querySelectorAll(".transcript").forEach(toEnd);
  });
})();
