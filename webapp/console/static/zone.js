/**
 * Times in the person's own time zone. The server writes UTC and is sent UTC; without this, people
 * read and choose UTC.
 */

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

/** Writes every time as it is here. @param {Document} page */
export function inLocalTime(page) {
  const form = new Intl.DateTimeFormat(page.documentElement.lang || "en", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone,
  });
  for (const time of page.querySelectorAll(".plans time, .proposal time")) {
    const instant = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(instant.valueOf())) continue;
    time.textContent = `${form.format(instant)} (${timeZone})`;
  }
}

/** Forms that choose a time say which zone it is in, and send the instant. @param {Document | Element} part */
export function keepZoned(part) {
  for (const form of part.querySelectorAll("form[data-zoned]")) {
    if (!(form instanceof HTMLFormElement)) continue;
    const shown = form.querySelector("[data-zone]");
    if (shown) shown.textContent = timeZone;
    form.addEventListener("formdata", (event) => {
      const chosen = new Date(String(event.formData.get("at")));
      if (Number.isNaN(chosen.valueOf())) return;
      event.formData.set("instant", chosen.toISOString());
      event.formData.set("zone", timeZone);
    });
  }
}
