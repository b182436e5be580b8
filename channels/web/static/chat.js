// The chat page: shows what was said, sends what is typed or tapped, and takes pushed messages as they come.
// A message keeps its id when it is sent again, so the service answers it once however often it arrives.
const log = document.getElementById("log");
const form = document.getElementById("form");
const box = document.getElementById("text");
const send = document.getElementById("send");
const status = document.getElementById("status");
const ONLINE = status.textContent;
const NAMES = { bot: "伴诊助手", nurse: "护士", system: "伴诊助手" };
const FACES = { bot: "伴诊", nurse: "护士", system: "伴诊", patient: "我" };
const SEND_SECONDS = 30;
const GAP_MINUTES = 5;

const shown = new Set();
let lastId = null;
let lastTime = 0;
// Messages wait for the answer of the one before, so they arrive in the order they were typed.
let queue = Promise.resolve();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function stamp(at) {
  const when = at ? new Date(at) : null;
  if (!when || Number.isNaN(when.getTime()) || when - lastTime < GAP_MINUTES * 60000) return;
  lastTime = when;
  const options = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" };
  log.append(element("p", "time", when.toLocaleString("zh-CN", options)));
}

function appointmentCard(card) {
  const made = element("section", "card");
  made.append(element("h2", "", card.title));
  const list = element("dl");
  for (const [name, value] of card.rows || []) list.append(element("dt", "", name), element("dd", "", value));
  made.append(list);
  appendNotes(made, card.notes);
  return made;
}

function emergencyCard(card, said) {
  const made = element("section", "card emergency");
  made.setAttribute("role", "alert");
  made.append(element("h2", "", card.title));
  appendNotes(made, (card.advice || []).filter((advice) => !said.includes(advice)));
  const calls = element("div", "calls");
  for (const phone of card.phones || []) {
    const call = element("a", "", `${phone.label} ${phone.number}`);
    call.href = `tel:${phone.number}`;
    calls.append(call);
  }
  made.append(calls);
  return made;
}

function appendNotes(card, notes) {
  if (!notes || !notes.length) return;
  const list = element("ul");
  for (const note of notes) list.append(element("li", "", note));
  card.append(list);
}

function show(message) {
  if (message.id && shown.has(message.id)) return null;
  if (message.id) { shown.add(message.id); lastId = message.id; }
  stamp(message.at);
  const mine = message.author === "patient";
  const row = element("div", `row ${mine ? "mine" : message.author}`);
  row.append(element("div", "face", FACES[message.author] || "伴诊"));
  row.firstChild.setAttribute("aria-hidden", "true");
  const body = element("div", "body");
  if (!mine) body.append(element("p", "who", NAMES[message.author] || "伴诊助手"));
  if (message.text) body.append(element("div", "bubble", message.text));
  if (message.card) body.append(message.card.kind === "emergency" ? emergencyCard(message.card, message.text) : appointmentCard(message.card));
  row.append(body);
  // What the patient says answers everything that was offered before; several replies keep their own buttons.
  if (mine) for (const old of log.querySelectorAll(".quick")) old.remove();
  else if (message.buttons && message.buttons.length) body.append(offer(message.buttons));
  log.append(row);
  log.scrollTop = log.scrollHeight;
  return row;
}

function offer(buttons) {
  const made = element("div", "quick");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", "快捷回复");
  for (const { title, payload } of buttons) {
    const button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => say(payload, title));
    made.append(button);
  }
  return made;
}

function say(text, title) {
  const message = { id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`, text };
  const row = show({ author: "patient", text: title || text, at: new Date().toISOString() });
  deliver(message, row);
}

function deliver(message, row) {
  row.classList.remove("failed");
  queue = queue.then(() => post(message, row));
}

async function post(message, row) {
  const waiting = element("div", "row bot");
  waiting.append(element("div", "face", "伴诊"), element("div", "bubble dots", "•••"));
  waiting.lastChild.setAttribute("aria-label", "正在回复");
  log.append(waiting);
  log.scrollTop = log.scrollHeight;
  try {
    const response = await fetch("/api/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Banzhen": "1" },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(SEND_SECONDS * 1000),
    });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    waiting.remove();
    for (const reply of answer.replies) show(reply);
    status.textContent = ONLINE;
  } catch {
    waiting.remove();
    failed(message, row);
  }
}

function failed(message, row) {
  status.textContent = "网络不太好，消息还没发出去";
  row.classList.add("failed");
  const again = element("button", "again", "没发出去，点这里重发；急症请直接拨打120");
  again.type = "button";
  again.addEventListener("click", () => { again.remove(); deliver(message, row); });
  row.querySelector(".body").append(again);
}

function listen() {
  const events = new EventSource(`/api/chat/events${lastId ? `?after=${encodeURIComponent(lastId)}` : ""}`);
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.onerror = () => {
    events.close();
    setTimeout(listen, 3000);
  };
}

function welcome() {
  const buttons = log.dataset.topics.split("|").map((title) => ({ title, payload: title }));
  show({ author: "bot", text: log.dataset.welcome, buttons });
}

async function begin() {
  try {
    const response = await fetch("/api/chat/history");
    const history = response.ok ? await response.json() : [];
    for (const message of history) show(message);
    if (!history.length) welcome();
  } finally {
    listen();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  grow();
  say(text);
});
box.addEventListener("keydown", (event) => {
  // While an input method composes, Enter chooses a word.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
box.addEventListener("input", grow);
send.disabled = false;
begin();
