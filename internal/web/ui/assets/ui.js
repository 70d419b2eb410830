// What pages do beside htmx: a page that nobody sees asks for nothing, an answer
// that is no page replaces none, and a time shows the viewer's own clock.
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source.hasAttribute("data-live") && (document.hidden || source.dataset.live === "off")) event.preventDefault();
});

document.addEventListener("htmx:before:response", (event) => {
  const status = event.detail.ctx.response.status;
  if (status === 401) location.reload(); // the login is over
  if (status !== 200) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const live of document.querySelectorAll('[data-live="on"]')) htmx.trigger(live, "look");
});

const viewer = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function showOwnTime(event) {
  const time = event.target.closest?.("time[datetime]");
  if (time && !time.title) time.title = "Your time: " + viewer.format(new Date(time.dateTime));
}
document.addEventListener("mouseover", showOwnTime);
document.addEventListener("focusin", showOwnTime);
