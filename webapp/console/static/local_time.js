/**
 * Times in the person's own time zone. The server is sent the wall time and the zone's name, and
 * knows when clocks are changed; without this, people choose UTC.
 */

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

/** Writes every time as it is here. @param {Document} page */
export function inLocalTime(page) {
  const form = new Intl.DateTimeFormat(page.documentElement.lang || "en", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "shortOffset",
    timeZone,
  });
  for (const time of page.querySelectorAll(".plans time, .proposal time")) {
    const instant = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(instant.valueOf())) continue;
    time.textContent = `${form.format(instant)} (${timeZone})`;
  }
}

/** Forms that choose a time say which zone it is in, and send its name. @param {Document | Element} part */
export function keepZoned(part) {
  for (const form of part.querySelectorAll("form[data-zoned]")) {
    if (!(form instanceof HTMLFormElement)) continue;
    const shown = form.querySelector("[data-zone]");
    if (shown) shown.textContent = timeZone;
    form.addEventListener("formdata", (event) => {
      event.formData.set("zone", timeZone);
    });
  }
}
