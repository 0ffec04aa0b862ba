"use strict";
// The page of the practice telephone: what the server last told (`told`), drawn again whenever it changed.
const at = id => document.getElementById(id), phone = document.querySelector(".phone");
const element = (kind, words, name = "") => Object.assign(document.createElement(kind), { textContent: words, className: name });
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const LOOK = 400, LETTERS = 40, AHEAD = 3500; // ms between two looks, letters typed a second, ms to read the first plan
let cut = () => {}; // ends the words that are being typed: a key, or the next words, were faster
let contact = Number(location.hash.slice(1)) || 0, told = null, state = "start", shown = 0, beside = null, since = 0, jump = 0, call = "";

const BESIDE = { ringing: "A colleague’s telephone rings …", "in-progress": "You talk with a colleague. Hang up when you have had enough." };

async function ask(path, body) {
  const posted = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const answer = await fetch(`/telephone${path}`, body === undefined ? {} : posted);
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.error), { status: answer.status });
  return said;
}

function turn(next) {
  if (next === state) return;
  state = phone.dataset.state = next;
  const words = { ringing: `Your telephone rings: ${at("caller").textContent}.`, talking: "You are connected." };
  if (words[next]) at("live").textContent = words[next];
  if (next === "ringing") { at("accept").focus(); buzz(); }
  if (next === "talking") { since = Date.now(); at("keys").firstChild.focus(); }
  if (next === "rest") at("go").focus();
}

function buzz() { // where the telephone is a real one; a browser wants to have been touched first
  if (state !== "ringing" || still || !navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.([400, 200, 400]);
  setTimeout(buzz, 2000);
}

function draw() {
  const { line, story } = told;
  at("clock").textContent = `practice clock: ${story.clock} · ${story.zone.replace("_", " ")}`;
  [at("day").textContent, at("watch").textContent] = story.clock.split(", ");
  at("time").textContent = at("watch").textContent;
  drawCampaign(story);
  if (line.state === "idle") return drawRest(story);
  drawLine(line, story);
  turn(line.state);
}

function drawLine(line, story) {
  if (line.call !== call) { call = line.call; shown = 0; beside = null; at("heard").replaceChildren(); }
  at("caller").textContent = story.caller;
  at("from").textContent = line.from;
  at("initials").textContent = story.caller.split(" ").slice(0, 2).map(word => word[0]).join("");
  for (const [place, words] of line.heard.entries()) if (place >= shown) hear("them", words, place < line.heard.length - 1);
  shown = line.heard.length;
  if (line.beside !== beside) hear("line", BESIDE[beside = line.beside] ?? "The colleague is no longer on the line.");
}

function hear(who, words, past = false) {
  const bubble = element("p", "", who);
  cut();
  at("heard").append(bubble);
  if (who === "them" && at("speak").checked) aloud(words);
  if (who !== "them" || still || past) bubble.textContent = words;
  else type(bubble, words);
  scroll();
}

const scroll = () => { at("heard").scrollTop = at("heard").scrollHeight; };

function type(bubble, words) { // whole from the start for who hears the screen read; it comes in sight letter by letter
  const rest = element("span", words, "unseen"), begun = Date.now(), seen = document.createTextNode("");
  bubble.append(seen, rest);
  const timer = setInterval(() => {
    const letters = Math.ceil((Date.now() - begun) / 1000 * LETTERS);
    seen.data = words.slice(0, letters);
    rest.textContent = words.slice(letters);
    scroll();
    if (letters >= words.length) cut();
  }, 50);
  cut = () => {
    clearInterval(timer);
    if (rest.textContent) seen.data += " —";
    rest.remove();
    cut = () => {};
  };
}

function voices() { return (window.speechSynthesis?.getVoices() ?? []).filter(voice => voice.localService); }

function aloud(words) {
  const said = new SpeechSynthesisUtterance(words), language = at("language").value;
  said.voice = voices().find(voice => voice.lang.startsWith(language)) ?? voices()[0];
  speechSynthesis.speak(said);
}

function drawRest(story) {
  const waits = story.calling || !story.decisions.length;
  at("rest").textContent = waits ? "One moment …" : story.decisions.at(-1).headline;
  at("then").textContent = waits ? "" : story.over ? [...story.told, story.present].join(" ") : "For practice, the clock can jump there now.";
  at("go").hidden = waits || !story.next;
  at("go").textContent = story.next ? `Go on to ${story.next.when}` : "";
  at("take").hidden = waits || story.next?.what !== "call";
  turn("rest");
  if (jump && !waits && story.decisions.length) { // the first call comes by itself
    at("then").textContent = "For practice, the clock jumps there now …";
    if (Date.now() > jump) { jump = 0; go(); }
  }
}

function drawCampaign(story) {
  const same = JSON.stringify(story);
  if (drawCampaign.last === same) return;
  drawCampaign.last = same;
  const NEXT = { call: "a call", email: "a mail", decision: "it looks again" };
  at("empty").hidden = story.decisions.length > 0;
  at("next").hidden = !story.decisions.length;
  at("next").textContent = story.calling ? "Just now: a call to you." : story.next
    ? `Next: ${NEXT[story.next.what]}, ${story.next.when}.` : [...story.told, story.present].join(" ");
  at("steps").replaceChildren(...story.decisions.map(step).reverse());
  at("more").hidden = !story.mails.length;
  at("mails").replaceChildren(...story.mails.map(mail => {
    const entry = element("li", ""), link = element("a", mail.subject);
    Object.assign(link, { href: mail.url, target: "_blank", rel: "noopener" });
    entry.append(link, " in the practice mailbox");
    return entry;
  }));
  at("tape").hidden = !story.tape.length;
  at("messages").replaceChildren(...story.tape.map(words => element("li", words)));
  at("desk").hidden = !story.talk;
}

function step(decision) {
  const entry = element("li", "", decision.channel ?? ""), reasons = element("ul", "");
  reasons.append(...decision.reasons.map(reason => element("li", reason, "reason")));
  entry.append(element("b", decision.headline), reasons);
  if (decision.otherwise.length) {
    const more = document.createElement("details");
    more.append(element("summary", "What would have changed it"), ...decision.otherwise.map(words => element("div", words)));
    entry.append(more);
  }
  return entry;
}

async function look() {
  if (!contact) return;
  try { told = await ask(`/${contact}`); draw(); }
  catch (trouble) {
    if (trouble.status === 404) return begin(0);
    at("clock").textContent = trouble.status ? trouble.message : "The telephone does not answer; it is asked again.";
  }
}

function begin(id) { // 0: nobody yet
  contact = id; told = null; call = ""; jump = id && !still ? Date.now() + AHEAD : 0; // who wants nothing to move by itself goes on by hand
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
  if (!id) { turn("start"); at("clock").textContent = ""; at("empty").hidden = false; at("name").focus(); }
  at("machine").checked = false;
  for (const id of ["next", "tape", "more", "desk"]) at(id).hidden = true;
  at("steps").replaceChildren();
  drawCampaign.last = "";
}

const go = () => ask(`/${contact}/go`, { machine: at("machine").checked }).catch(() => {}).then(look);
const act = (deed, key = "") => ask(`/${contact}/do`, { do: deed, key }).catch(() => {}).then(look);

function press(key) {
  hear("you", key);
  act("key", key);
}

at("start").onsubmit = async event => {
  event.preventDefault();
  at("wrong").textContent = "";
  try { begin((await ask("", { name: at("name").value, language: at("language").value })).contact); await look(); }
  catch (trouble) { at("wrong").textContent = trouble.message; }
};
at("go").onclick = () => { jump = 0; go(); };
at("again").onclick = () => begin(0);
for (const deed of ["accept", "decline", "hang_up"]) at(deed).onclick = () => act(deed);
for (const key of "123456789*0#") {
  const button = element("button", key);
  button.onclick = () => press(key);
  at("keys").append(button);
}
document.onkeydown = event => { if (state === "talking" && /^[0-9*#]$/.test(event.key)) press(event.key); };
at("aloud").hidden = !voices().length;
if (window.speechSynthesis) speechSynthesis.onvoiceschanged = () => { at("aloud").hidden = !voices().length; };
setInterval(() => {
  const seconds = Math.floor((Date.now() - since) / 1000);
  at("lasts").textContent = state === "talking" ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
}, 500);
setInterval(look, LOOK);
look();
