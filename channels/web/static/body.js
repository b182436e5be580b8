// The body map: a tap on the figure, or on the list beside it, offers what people say of that place.
// What is chosen is sent as the patient's own words.
const sheet = document.getElementById("body");
const regions = JSON.parse(document.getElementById("body-regions").textContent);
const places = document.getElementById("body-places");
const partBox = document.getElementById("body-parts");
const complaintBox = document.getElementById("body-complaints");
const tell = document.getElementById("body-send");
const WHO_SAYS = { male: "男，", female: "女，", child: "孩子" };
const WHOLE = "whole";
const chosen = new Set();
let who = "male";
let side = "front";
let at = null;

const sided = (text, which) => text.replaceAll("{side}", which || "");
const partsOf = (region) => region.parts.filter((part) => part.who.includes(who));

function pressed(group, attribute, value) {
  for (const button of sheet.querySelectorAll(`[${group}]`)) button.setAttribute("aria-pressed", String(button.getAttribute(attribute) === value));
}

// What can be tapped now: one entry a region, two where the body has it on both sides.
function here() {
  return regions.filter((region) => region.view === side && partsOf(region).length)
    .flatMap((region) => (region.sided ? ["左", "右"] : [""]).map((which) => ({ region, which })));
}

function placeName({ region, which }) {
  const name = partsOf(region)[0].name;
  return which && !name.includes("{side}") ? which + name : sided(name, which);
}

function draw() {
  sheet.dataset.view = side;
  pressed("data-who", "data-who", who);
  for (const button of sheet.querySelectorAll("button[data-side]")) button.setAttribute("aria-pressed", String(button.dataset.side === side));
  for (const figure of sheet.querySelectorAll(".figure")) figure.classList.toggle("on", figure.dataset.figure === who && figure.dataset.view === side);
  places.replaceChildren(...here().map((place) => {
    const item = document.createElement("li");
    item.append(choice(placeName(place), at && at.region === place.region && at.which === place.which, () => go(place)));
    return item;
  }));
  for (const shape of sheet.querySelectorAll(".region")) {
    shape.classList.toggle("on", Boolean(at) && shape.dataset.region === at.region.id && (shape.dataset.side || "") === at.which);
  }
  if (side === WHOLE && !at) at = here()[0];
  drawParts();
}

function choice(text, on, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.setAttribute("aria-pressed", String(Boolean(on)));
  button.addEventListener("click", act);
  return button;
}

function go(place) {
  at = { ...place, part: 0 };
  draw();
}

function drawParts() {
  const parts = at ? partsOf(at.region) : [];
  const part = parts[Math.min(at?.part || 0, parts.length - 1)];
  partBox.replaceChildren(...(parts.length > 1 ? parts.map((one, index) => choice(sided(one.name, at.which), one === part, () => { at.part = index; draw(); })) : []));
  complaintBox.replaceChildren(...(part ? part.complaints : []).map((words) => {
    const said = sided(words, at.which);
    return choice(said, chosen.has(said), () => { if (!chosen.delete(said)) chosen.add(said); drawParts(); });
  }));
  tell.disabled = chosen.size === 0;
  tell.textContent = chosen.size ? `告诉伴诊：${[...chosen].join("、")}` : "告诉伴诊";
}

function start() {
  chosen.clear();
  at = null;
  draw();
  sheet.showModal();
}

document.getElementById("body-open").addEventListener("click", start);
document.getElementById("body-close").addEventListener("click", () => sheet.close());
for (const button of sheet.querySelectorAll("[data-who]")) {
  button.addEventListener("click", () => { who = button.dataset.who; chosen.clear(); at = null; draw(); });
}
for (const button of sheet.querySelectorAll("button[data-side]")) {
  button.addEventListener("click", () => { side = button.dataset.side; at = null; draw(); });
}
for (const shape of sheet.querySelectorAll(".region")) {
  shape.addEventListener("click", () => {
    const region = regions.find((one) => one.id === shape.dataset.region);
    go({ region, which: shape.dataset.side || "" });
  });
}
tell.addEventListener("click", () => {
  sheet.close();
  say(WHO_SAYS[who] + [...chosen].join("，"));
});
