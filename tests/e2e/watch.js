// Tells every text and every accessible name that ever stands on the page, from its beginning.
(() => {
  const NAMES = ["aria-label", "aria-description", "aria-roledescription", "title", "alt", "placeholder", "value"];
  const told = new Set();

  const tell = (text) => {
    const trimmed = text?.trim();
    if (!trimmed || told.has(trimmed)) return;
    told.add(trimmed);
    window.noteText(trimmed);
  };

  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return tell(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of NAMES) tell(node.getAttribute(name));
    for (const child of node.childNodes) read(child);
  };

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(read);
      else read(target);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES });
})();
