"use strict";
// Unpacks Plotly's script and the figures' data from the page itself and draws each figure; nothing is requested.
(async () => {
  const root = document.documentElement;
  const words = document.currentScript.dataset;
  const places = [...document.querySelectorAll(".figure")];
  const phone = matchMedia("(max-width: 640px), (pointer: coarse)").matches;
  const A4_WIDTH = 640; // 17 cm, what A4 leaves between margins of 2 cm
  const A4_HEIGHT = 790; // what it leaves for a figure below its heading and above its finding
  const drawn = [];

  const lettered = (place, size) =>
    Object.fromEntries(place.notes.map((note, i) => [`annotations[${i}].font.size`, size(note)]));

  // The mark of synthetic data stands highest of the notes above a drawing.
  const raised = (place, shift) =>
    Object.fromEntries(
      place.notes.flatMap((note, i) => (note.shift > 20 ? [[`annotations[${i}].yshift`, shift(note)]] : [])),
    );

  // On paper two pictures share a sheet; one that is tall for its rows keeps its height.
  const onPaper = (place) => {
    const half = document.body.classList.contains("briefing") && place.closest(".panel");
    const map = place._fullLayout.yaxis.scaleanchor;
    const tall = root.lang === "en" ? 0.92 : 1; // English takes more room for its words
    const height = half ? (map ? 290 : tall * 132) : place.dataset.height <= 480 ? 340 : Math.min(place.dataset.height, A4_HEIGHT);
    place.style.minHeight = "";
    place.style.height = `${height}px`;
    // The words above the pictures are their key; the map's stands beside it.
    const small = half ? { "font.size": 9, "margin.t": 36, showlegend: false } : {};
    if (half) Object.assign(small, lettered(place, () => (map ? 9 : 8)), raised(place, () => (map ? 19 : 14)));
    if (place.dataset.height > A4_HEIGHT) small["yaxis.tickfont.size"] = 6.5; // rows move closer, and so do their names
    // Plotly keeps the room of a legend that is hidden later.
    if (half) place._fullLayout._reservedMargin = {};
    return { width: half ? A4_WIDTH / 2 - 8 : A4_WIDTH, height, autosize: false, ...small };
  };

  // The key of a map in words and colours, for paper: inside the figure it would take the room of the map.
  const addKey = (place, { data, layout }) => {
    const plain = (text) => new DOMParser().parseFromString(text ?? "", "text/html").body.textContent; // Plotly's words are markup
    const key = document.createElement("p");
    key.className = "key";
    const title = document.createElement("strong");
    title.textContent = plain(layout.legend?.title?.text);
    key.append(title);
    for (const { name, marker } of data.filter((trace) => trace.type === "bar" && trace.name)) {
      const colour = document.createElement("i");
      const { shape, fgcolor } = marker.pattern ?? {};
      colour.style.background = shape ? `repeating-linear-gradient(135deg, ${fgcolor} 0 2px, ${marker.color} 2px 5px)` : marker.color;
      colour.style.border = `${marker.line.width}px solid ${marker.line.color}`;
      const entry = document.createElement("span");
      entry.append(colour, plain(name));
      key.append(entry);
    }
    place.parentElement.querySelector("figcaption")?.prepend(key);
  };

  const unpack = async (id) => {
    const text = document.getElementById(id).textContent;
    const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };

  const fail = (place, error) => {
    const note = document.createElement("p");
    note.className = "warning";
    note.textContent = words.failed;
    note.title = String(error);
    if (window.Plotly) Plotly.purge(place);
    place.hidden = true;
    place.before(note);
  };

  const draw = async (place, { data, layout }) => {
    const shown = { ...layout, autosize: true };
    delete shown.width;
    // Without a height of its own the place would fold when the window changes size.
    place.dataset.height = layout.height || 440;
    place.notes = (layout.annotations ?? []).map((note) => ({ size: note.font?.size ?? 12, shift: note.yshift ?? 0 }));
    place.ticks = layout.yaxis?.tickfont?.size ?? null;
    place.dataset.top = layout.margin?.t ?? 100;
    place.style.height = `${place.dataset.height}px`;
    if (phone) shown.dragmode = false; // a finger scrolls the page, not the axes
    await Plotly.newPlot(place, data, shown, {
      responsive: true,
      displaylogo: false,
      displayModeBar: phone ? false : "hover",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
      showTips: false,
      locale: root.lang,
    });
    // A script that lacks a kind of trace draws another one in silence.
    data.forEach((trace, i) => {
      const kind = trace.type || "scatter";
      if (place._fullData[i].type !== kind) throw new Error(`${kind} was drawn as ${place._fullData[i].type}`);
    });
    if (!phone) place.setAttribute("role", "group"); // an image may not hold the mode bar's buttons
    if (layout.yaxis?.scaleanchor && place.closest(".briefing .panel")) addKey(place, { data, layout });
    drawn.push(place);
  };

  try {
    const script = document.createElement("script");
    script.textContent = await unpack("plotly-packed");
    document.head.append(script);
    if (root.lang !== "en") Plotly.register({ moduleType: "locale", name: root.lang, ...JSON.parse(words.locale) });
    const { figures, shared } = JSON.parse(await unpack("figures-packed"));
    const whole = (part) => {
      if (part === null || typeof part !== "object") return part;
      if ("$" in part) return whole(structuredClone(shared[part.$]));
      for (const key of Object.keys(part)) part[key] = whole(part[key]);
      return part;
    };
    for (const [i, place] of places.entries()) {
      try {
        await draw(place, whole(figures[i]));
      } catch (error) {
        fail(place, error);
      }
      await new Promise((done) => setTimeout(done, i ? 0 : 50)); // what is drawn is seen before the next one, the first at once
    }
  } catch (error) {
    places.filter((place) => !drawn.includes(place)).forEach((place) => fail(place, error));
  }
  root.dataset.figures = `${drawn.length}/${places.length}`;

  addEventListener("beforeprint", () => {
    drawn.forEach((place) => Plotly.relayout(place, onPaper(place)));
  });
  addEventListener("afterprint", () => {
    drawn.forEach((place) => {
      place.style.height = `${place.dataset.height}px`;
      const whole = { "font.size": 12, "legend.font.size": 11, "margin.t": Number(place.dataset.top), showlegend: true };
      if (place.dataset.height > A4_HEIGHT) whole["yaxis.tickfont.size"] = place.ticks;
      if (place.layout.legend?.title) whole["legend.title.font.size"] = 12;
      Object.assign(whole, lettered(place, (note) => note.size), raised(place, (note) => note.shift));
      Plotly.relayout(place, { width: null, height: Number(place.dataset.height), autosize: true, ...whole });
    });
  });
})();
