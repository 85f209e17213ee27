// Microphones that can be unplugged and plugged in again, taken by another program, and outputs that can be looked at:
// what only hands can do to a real machine. Everything else is the browser's own.
(() => {
  const away = new Set();
  const busy = new Set();
  const open = new Set();
  const outputs = new Map();
  const media = MediaDevices.prototype;
  const { enumerateDevices, getUserMedia } = media;
  const setSinkId = HTMLMediaElement.prototype.setSinkId;

  media.enumerateDevices = async function () {
    const all = await enumerateDevices.call(this);
    return all.filter(({ label }) => !away.has(label));
  };

  media.getUserMedia = async function (wanted) {
    const stream = await getUserMedia.call(this, wanted);
    const [track] = stream.getAudioTracks();
    const trouble = away.has(track.label) ? "NotFoundError" : busy.has(track.label) ? "NotReadableError" : "";
    if (trouble) {
      track.stop();
      throw new DOMException("", trouble);
    }
    open.add(track);
    return stream;
  };

  HTMLMediaElement.prototype.setSinkId = function (id) {
    outputs.set(this, id);
    return setSinkId.call(this, id);
  };

  const changed = () => navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  const plugs = {
    live: () => [...open].filter((track) => track.readyState === "live").map((track) => track.getSettings()),
    names: () => [...open].filter((track) => track.readyState === "live").map((track) => track.label),
    outputs: () => [...outputs.values()],
    unplug: (name) => {
      away.add(name);
      for (const track of [...open].filter(({ label }) => label === name)) {
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
      changed();
    },
    plug: (name) => {
      away.delete(name);
      changed();
    },
    take: (name) => busy.add(name),
    release: (name) => busy.delete(name),
  };
  Object.defineProperty(window, "plugs", { value: plugs });
})();
