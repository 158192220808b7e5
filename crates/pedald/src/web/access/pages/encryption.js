// Fills in what this pedal's encryption is.
const state = await (await fetch("/api/pair", { headers: { "x-archibald": "1" } })).json();
if (state.tls_port) {
  document.getElementById("fingerprint").textContent = state.fingerprint;
  document.getElementById("link").href = `https://${location.hostname}:${state.tls_port}/pair`;
  document.getElementById("secure").hidden = state.tls;
}
