// Of a visit that a link in our mail began, and only once the visitor agreed: how many pages, how many seconds in sight.
(function () {
  if (window.opportune || document.getElementById("opportune-form")) return;
  var NAME = "opportune_visit", script = document.currentScript, visit = null, last = "";
  var token = (location.href.match(/[?&]opportune_visit=([0-9a-f.]+)/) || [])[1];
  // Whoever passes the address on does not pass the visit on, and no other script reads it.
  if (token) history.replaceState(history.state, "", location.href.replace(
    /([?&])opportune_visit=[^&#]*(&?)/, function (_, before, after) { return after && before; }));
  var refuses = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  var seen = 0, since = document.visibilityState === "visible" ? performance.now() : null;

  function seconds() { return seen + (since === null ? 0 : (performance.now() - since) / 1000); }
  function stored() {
    try { return JSON.parse(sessionStorage.getItem(NAME)); } catch (_) { return null; }
  }
  function keep(what) {
    try { what ? sessionStorage.setItem(NAME, JSON.stringify(what)) : sessionStorage.removeItem(NAME); } catch (_) {}
  }
  function begin() {
    var before = stored();
    if (token && (!before || before.token !== token)) before = { token: token, pages: 0, seconds: 0 };
    if (!before) return; // no mail of ours brought them
    visit = { token: before.token, pages: before.pages + 1, seconds: before.seconds };
    keep(visit);
  }
  function tell() {
    if (!visit) return;
    var until = { token: visit.token, pages: visit.pages, seconds: visit.seconds + seconds() };
    keep(until);
    var said = new URLSearchParams({ visit: until.token, pages: until.pages, seconds: Math.round(until.seconds) });
    if (String(said) !== last && navigator.sendBeacon("VISITS", said)) last = String(said);
  }
  document.addEventListener("visibilitychange", function () {
    var hidden = document.visibilityState === "hidden";
    seen = seconds();
    since = hidden ? null : performance.now();
    if (hidden) tell();
  });
  window.addEventListener("pagehide", tell);
  window.addEventListener("pageshow", function (event) { // back from the browser's memory: one more page
    if (!event.persisted) return;
    seen = 0;
    since = performance.now();
    if (visit) begin();
  });
  window.opportune = {
    consent: function (given) {
      if (given !== true || refuses) { visit = null; keep(null); } else if (!visit) begin();
    }
  };
  if (script && script.dataset.consent === "given") window.opportune.consent(true);
})();
