// The browser's half of plot.py: draws a plotly figure, and draws every later one into the same chart, so that the zoom stays.

const charts = new WeakMap(); // the chart of each node

// Streamlit calls this for the first figure, for every new one, and when the theme changes.
export default function show({ data, parentElement, setTriggerValue }) {
  const node = parentElement.querySelector(".lab-plot");
  if (!charts.has(node)) charts.set(node, new Chart(node));
  const chart = charts.get(node);
  chart.show(data, (point) => setTriggerValue("clicked", point));
  return () => chart.leave();
}

class Chart {
  constructor(node) {
    this.node = node;
    this.held = false; // a button is down in the chart: redrawing now would tear the zoom box from under the pointer
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(node);
    this.left = new AbortController();
    const { signal } = this.left;
    node.addEventListener("pointerdown", () => this.hold(), { signal, capture: true });
    node.addEventListener("pointermove", (event) => (this.pointer = event), { signal, capture: true });
    node.addEventListener("pointerleave", () => (this.pointer = undefined), { signal });
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      window.addEventListener(end, () => this.release(), { signal, capture: true });
    }
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    this.node.style.height = `${data.height}px`;
    this.node.setAttribute("aria-label", data.alt);
    this.node.classList.toggle("lab-plot-clickable", data.clickable);
    this.draw();
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
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow().catch((error) => this.fail(error)));
  }

  async drawNow() {
    const { data, node } = this;
    const plotly = await library(data.library);
    if (this.held || data !== this.data || !node.isConnected || !node.clientWidth) return;
    const layout = { ...data.figure.layout, template: template(node), width: node.clientWidth, height: data.height };
    keepZoom(layout, data.revision);
    const first = !node.on; // `on` is plotly's, and there as long as the node holds a chart
    if (first) node.replaceChildren();
    await plotly.react(node, data.figure.data, layout, configOf(layout));
    if (first) node.on("plotly_click", (event) => this.data.clickable && this.send(pointOf(event.points[0])));
    this.hoverAgain();
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
    this.left.abort();
    cancelAnimationFrame(this.frame);
    this.clear();
  }
}

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

const STYLE = `
.lab-plot { width: 100%; overflow: hidden; }
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

function configOf(layout) {
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  const fixed = axes.length > 0 && axes.every((name) => layout[name].fixedrange);
  return {
    displaylogo: false,
    displayModeBar: fixed || !finePointer() ? false : "hover",
    modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
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

// The look of every chart, from the colours and fonts of the page's theme.
function template(node) {
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
      dragmode: finePointer() ? "zoom" : false,
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
