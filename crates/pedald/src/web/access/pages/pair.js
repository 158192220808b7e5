// The pairing page: asks for a code, sends what is typed, waits for the footswitch. The token is a cookie that no
// script sees, this one neither.
const at = (id) => document.getElementById(id);
const say = (text) => { if (at("say").textContent !== text) at("say").textContent = text; };
const show = (id) => { for (const each of ["ask", "enter", "done"]) at(each).hidden = each !== id; };
const own = { "x-archibald": "1", "content-type": "application/json" };

async function call(path, body) {
  const options = body === undefined ? { headers: own } : { method: "POST", headers: own, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

function device() {
  const agent = navigator.userAgent;
  const what = /iPhone|iPad|Android|Windows|Mac|Linux/.exec(agent)?.[0] ?? "Browser";
  const with_ = /Firefox|Edg|Chrome|Safari/.exec(agent)?.[0].replace("Edg", "Edge");
  return with_ ? `${what} (${with_})` : what;
}

let typing = false;
let first = true;
async function look() {
  let next = 2000;
  try {
    const state = await call("/api/pair");
    at("insecure").hidden = state.tls;
    if (first && state.first) document.querySelector("[value=admin]").checked = true;
    first = false;
    if (state.role !== "guest") {
      say(state.client ? `${state.client.name} is paired.` : "This machine is trusted.");
      show("done");
      if (state.standing === "granted") location.replace("/");
      next = 0;
    } else if (state.standing === "waiting") {
      show("");
      say("The code is right. Now press a footswitch of the pedal to confirm.");
      next = 1000;
    } else if (state.code_shown) {
      if (at("enter").hidden) {
        show("enter");
        say("Type the code that the pedal shows.");
        at("code").focus();
      }
    } else if (!typing) {
      show("ask");
      if (state.standing === "refused") say("The pedal did not confirm it.");
      else if (!at("say").dataset.error) say("This device is not paired yet.");
    }
  } catch (error) {
    say(error.message || "The pedal does not answer.");
    next = 5000;
  }
  if (next) setTimeout(look, next);
}

async function act(event, work) {
  event.preventDefault();
  typing = true;
  delete at("say").dataset.error;
  try {
    await work();
  } catch (error) {
    at("say").dataset.error = "1";
    say(error.message);
  }
  typing = false;
}

at("name").value = device();
at("ask").onsubmit = (event) => act(event, async () => {
  await call("/api/pair/ask", {});
  show("enter");
  say("Type the code that the pedal shows.");
  at("code").focus();
});
at("enter").onsubmit = (event) => act(event, async () => {
  const role = document.querySelector("[name=role]:checked").value;
  const code = at("code").value;
  at("code").value = "";
  await call("/api/pair/code", { code, name: at("name").value, role });
  show("");
  say("The code is right. Now press a footswitch of the pedal to confirm.");
});
look();
