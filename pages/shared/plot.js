// The browser's half of plot.py: draws a plotly figure, and draws every later one into the same chart, so that the zoom stays.

const charts = new WeakMap(); // the chart of each node

// Streamlit calls this for the first figure, for every new one, and when the theme changes.
export default function show({ data, parentElement, setTriggerValue }) {
  const node = parentElement.querySelector(".lab-plot");
  if (!charts.has(node)) charts.set(node, new Chart(node));
  const chart = charts.get(node);
  chart.show(data, setTriggerValue);
  return () => chart.leave();
}

class Chart {
  constructor(node) {
    this.node = node;
    this.pictures = new Pictures(node);
    this.held = false; // a button is down in the chart: redrawing now would tear the zoom box from under the pointer
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(node);
    this.seen = true; // unless it is scrolled out of sight
    this.sight = new IntersectionObserver((entries) => this.sighted(entries.at(-1).isIntersecting));
    this.sight.observe(node);
    this.left = new AbortController();
    const { signal } = this.left;
    node.addEventListener("pointerdown", () => this.hold(), { signal, capture: true });
    node.addEventListener("pointermove", (event) => (this.pointer = event), { signal, capture: true });
    node.addEventListener("pointerleave", () => (this.pointer = undefined), { signal });
    window.addEventListener("lab-news", (event) => this.hear(event), { signal });
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      window.addEventListener(end, () => this.release(), { signal, capture: true });
    }
  }

  show(data, send) {
    // Another figure has other points; what the pointer would show there is seen after the drawing.
    if (data.figure.layout.uirevision !== this.data?.figure.layout.uirevision) this.pictures.hide();
    this.data = data;
    this.send = send;
    this.node.style.height = `${data.height}px`;
    this.node.setAttribute("aria-label", data.alt);
    this.node.classList.toggle("lab-plot-clickable", data.clickable);
    this.draw();
  }

  // What is new of a live chart comes without a run of the page; most of it is often what is there already.
  hear({ detail }) {
    const news = detail.charts[this.data.revision];
    if (!news || JSON.stringify(news.figure) === JSON.stringify(this.data.figure)) return;
    this.show({ ...this.data, ...news }, this.send);
  }

  sighted(seen) {
    this.seen = seen;
    if (seen && this.stale) this.draw();
  }

  hold() {
    clearTimeout(this.pause);
    this.held = true;
  }

  release() {
    if (!this.held) return;
    clearTimeout(this.pause);
    // The second click of a double click still belongs to the same chart.
    this.pause = setTimeout(() => {
      this.held = false;
      this.draw();
    }, 400);
  }

  draw() {
    // At most once a frame, with whatever is newest by then, and not at all while the tab is in the background.
    this.stale = true;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow().catch((error) => this.fail(error)));
  }

  async drawNow() {
    const { data, node } = this;
    const plotly = await library(data.library);
    const first = !node.on; // `on` is plotly's, and there as long as the node holds a chart
    // A chart that is scrolled out of sight is drawn when it comes back: of a live run, the newest of its figures.
    if (this.held || data !== this.data || !node.isConnected || !node.clientWidth || !(first || this.seen)) return;
    const look = template(node, data.selectable);
    // A copy each time: plotly writes the reader's zoom into what it is given, and would take it for ours the next time.
    const figure = structuredClone(data.figure);
    const layout = { ...figure.layout, template: look, width: node.clientWidth, height: data.height };
    keepZoom(layout, data.revision);
    if (first) node.replaceChildren();
    this.stale = false;
    await plotly.react(node, drawable(figure.data), layout, configOf(layout, data.selectable));
    if (first) this.listen();
    if (data.pictures) this.pictures.load(data.pictures);
    this.hoverAgain();
  }

  listen() {
    const { node } = this;
    node.append(this.pictures.card);
    node.on("plotly_click", (event) => this.data.clickable && this.send("clicked", pointOf(event.points[0])));
    node.on("plotly_selected", (event) => this.outlined(cornersOf(event ?? {})));
    node.on("plotly_deselect", () => this.outlined([]));
    node.on("plotly_hover", ({ points, event }) => this.data.pictures && this.pictures.show(points[0], event));
    node.on("plotly_unhover", () => this.pictures.hide());
  }

  outlined(corners) {
    // Plotly also says what is selected when it redraws; only a hand that draws means something new.
    if (corners && this.held && this.data.selectable) this.send("selected", { corners, traces: shown(this.node) });
  }

  // A redraw takes the hover label away; bring it back if the pointer still rests on the chart.
  hoverAgain() {
    if (!this.pointer) return;
    const { clientX, clientY } = this.pointer;
    const under = document.elementFromPoint(clientX, clientY);
    if (this.node.contains(under)) {
      under.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true, view: window }));
    }
  }

  fail(error) {
    this.clear();
    this.node.textContent = "The chart could not be drawn. Reload the page to try again.";
    throw error;
  }

  clear() {
    if (this.node.on) window.Plotly.purge(this.node);
  }

  leave() {
    // Streamlit also calls this for an update that was overtaken by the next one; then the chart lives on.
    if (this.node.isConnected) return;
    this.sizes.disconnect();
    this.sight.disconnect();
    this.left.abort();
    cancelAnimationFrame(this.frame);
    this.clear();
  }
}

// A card at the pointer with the picture of a point and the words that belong to it.
class Pictures {
  constructor(node) {
    this.node = node;
    this.card = Object.assign(document.createElement("div"), { className: "lab-plot-card", hidden: true });
    this.canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    this.words = document.createElement("span");
    this.card.append(this.canvas, this.words);
  }

  // One file for all, so that no hover has to wait for the server.
  load({ address, columns }) {
    this.columns = columns;
    const source = new URL(address, document.baseURI).href;
    if (this.sheet?.src === source) return;
    this.sheet = Object.assign(new Image(), { src: source, onload: () => this.draw() });
  }

  show(point, { clientX, clientY }) {
    this.position = point.customdata;
    this.words.textContent = point.text ?? "";
    this.card.hidden = false;
    this.draw();
    const frame = this.node.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const [x, y] = [clientX - frame.left, clientY - frame.top];
    const left = x + GAP + width > frame.width ? Math.max(0, x - GAP - width) : x + GAP;
    const top = y + GAP + height > frame.height ? Math.max(0, y - GAP - height) : y + GAP;
    this.card.style.transform = `translate(${left}px, ${top}px)`;
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    if (this.card.hidden || !this.sheet.complete || !this.sheet.naturalWidth) return;
    const from = [(this.position % this.columns) * SIDE, Math.floor(this.position / this.columns) * SIDE];
    context.drawImage(this.sheet, ...from, SIDE, SIDE, 0, 0, SIDE, SIDE);
  }

  hide() {
    this.card.hidden = true;
  }
}

const SIDE = 28; // pixels of a picture
const GAP = 14; // between the pointer and the card

let loading;

function library(address) {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = undefined;
      reject(new Error(`${script.src} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

// A chart's size is set from outside, so nothing in it needs to be laid out or painted with the rest of the page.
const STYLE = `
.lab-plot { position: relative; width: 100%; overflow: hidden; contain: strict; }
.lab-plot-card { position: absolute; z-index: 1; top: 0; left: 0; display: flex; gap: .5rem; align-items: center;
  max-width: 15rem; padding: .375rem; border: 1px solid var(--st-border-color); border-radius: .375rem;
  background: var(--st-secondary-background-color); color: var(--st-text-color); font: 14px var(--st-font);
  white-space: pre-line; pointer-events: none; }
.lab-plot-card[hidden] { display: none; }
.lab-plot-card canvas { flex: none; width: 84px; height: 84px; image-rendering: pixelated; background: black; }
.lab-plot-clickable .nsewdrag { cursor: pointer !important; }
@media (prefers-reduced-motion: reduce) { .lab-plot * { transition: none !important; } }
`;

// Plotly keeps what the reader did to the chart as long as `uirevision` stays the same.
function keepZoom(layout, revision) {
  layout.uirevision ??= revision;
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    // Except the range of an axis that changes between linear and logarithmic: its numbers would mean something else.
    layout[name] = { uirevision: `${layout.uirevision} ${layout[name].type ?? ""}`, ...layout[name] };
  }
}

function configOf(layout, selectable) {
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  const fixed = axes.length > 0 && axes.every((name) => layout[name].fixedrange);
  return {
    displaylogo: false,
    // A finger needs the buttons to draw an outline or to zoom at all.
    displayModeBar: selectable || (fixed || !finePointer() ? false : "hover"),
    modeBarButtons: [[...(selectable ? ["lasso2d", "select2d"] : []), "zoom2d", "pan2d", "resetScale2d", "toImage"]],
    showTips: false,
  };
}

// A finger that drags means to scroll the page.
const finePointer = () => window.matchMedia("(pointer: fine)").matches;

function pointOf(point) {
  const plain = (value) => (ArrayBuffer.isView(value) ? Array.from(value) : (value ?? null));
  const { x, y, z, customdata, curveNumber } = point;
  return { x: plain(x), y: plain(y), z: plain(z), customdata: plain(customdata), trace: curveNumber };
}

// The corners of what was drawn, each [x, y]; undefined if nothing was.
function cornersOf({ lassoPoints, range }) {
  if (lassoPoints) return lassoPoints.x.map((x, i) => [x, lassoPoints.y[i]]);
  if (!range) return undefined;
  const [[left, right], [bottom, top]] = [range.x, range.y];
  return [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
}

// The traces that the legend does not hide.
function shown(node) {
  return node._fullData.flatMap(({ visible }, i) => (visible === true ? [i] : []));
}

const MOST_WITHOUT_A_CARD = 2500; // points that a processor draws and moves without a hitch

let card;

// A graphics card that draws points, rather than a program that pretends to be one.
function hasGraphicsCard() {
  if (card === undefined) {
    const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    card = context !== null && !/SwiftShader|llvmpipe|Software|Basic Render/i.test(nameOfCard(context));
    context?.getExtension("WEBGL_lose_context")?.loseContext(); // browsers keep few of them
  }
  return card;
}

// Chromium does not call its own program a caveat when it has no window.
function nameOfCard(context) {
  const names = context.getExtension("WEBGL_debug_renderer_info");
  return String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
}

function drawable(traces) {
  const many = traces.filter(({ type }) => type === "scattergl");
  if (!many.length || hasGraphicsCard()) return traces;
  const count = many.reduce((sum, { x }) => sum + column(x).length, 0);
  const step = Math.ceil(count / MOST_WITHOUT_A_CARD);
  return traces.map((trace) => (trace.type === "scattergl" ? thinned(trace, step) : trace));
}

// Every `step`-th point of a trace, for a processor to draw.
function thinned(trace, step) {
  const fewer = { ...trace, type: "scatter" };
  for (const name of ["x", "y", "customdata", "text"]) {
    if (trace[name]) fewer[name] = Array.from(column(trace[name])).filter((_, i) => i % step === 0);
  }
  if (trace.selectedpoints) fewer.selectedpoints = trace.selectedpoints.filter((i) => i % step === 0).map((i) => i / step);
  return fewer;
}

const INTEGERS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array };
const ARRAYS = { ...INTEGERS, f4: Float32Array, f8: Float64Array };

// Numbers as plotly.py packs them, or a plain list.
function column(values) {
  if (values?.bdata === undefined) return values ?? [];
  return new ARRAYS[values.dtype](Uint8Array.from(atob(values.bdata), (byte) => byte.charCodeAt(0)).buffer);
}

// The look of every chart, from the colours and fonts of the page's theme.
function template(node, selectable) {
  const style = getComputedStyle(node);
  const theme = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const scale = (name) => {
    const colors = theme(name).split(",");
    return colors.map((color, i) => [i / (colors.length - 1), color]);
  };
  const axis = {
    automargin: true,
    gridcolor: theme("border-color"),
    linecolor: theme("border-color"),
    zerolinecolor: theme("border-color"),
    ticks: "",
    ticklabelstandoff: 4,
    title: { standoff: 8, font: { size: 14 } },
  };
  return {
    layout: {
      colorway: theme("chart-categorical-colors").split(","),
      colorscale: { sequential: scale("chart-sequential-colors"), diverging: scale("chart-diverging-colors") },
      coloraxis: { colorscale: scale("chart-sequential-colors") },
      dragmode: finePointer() ? (selectable ? "lasso" : "zoom") : false,
      font: { family: theme("font"), color: theme("text-color"), size: 14 },
      hoverlabel: {
        bgcolor: theme("secondary-background-color"),
        bordercolor: theme("border-color"),
        font: { family: theme("font"), color: theme("text-color") },
      },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      margin: { l: 48, r: 12, t: 32, b: 40 },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: theme("text-color"), activecolor: theme("primary-color") },
      paper_bgcolor: theme("background-color"),
      plot_bgcolor: theme("background-color"),
      xaxis: axis,
      yaxis: axis,
    },
    data: { heatmap: [{ colorscale: scale("chart-sequential-colors"), colorbar: { outlinewidth: 0 } }] },
  };
}
