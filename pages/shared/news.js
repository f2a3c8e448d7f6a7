// The browser's half of news.py: asks what is new, and hands it to the parts and charts of the page.

// Streamlit calls this for each of the two kinds, and again whenever its data change.
export default function show({ data, parentElement, setTriggerValue }) {
  const node = parentElement.querySelector(".lab-news");
  // What the data were before goes on until it is ended here: Streamlit ends only what leaves the page.
  node.end?.();
  node.end = data.address ? follow(data, setTriggerValue) : part(node, data);
  return () => node.isConnected || node.end();
}

function follow({ address, every, shape }, send) {
  const left = new AbortController();
  let timer;
  const ask = async () => {
    try {
      // What nobody looks at costs nothing.
      if (!document.hidden) await hear(await fetch(new URL(address, document.baseURI), { signal: left.signal }));
    } catch {
      // The server is away; Streamlit says so, and the next question may be answered.
    }
    if (!left.signal.aborted) timer = setTimeout(ask, every);
  };
  const hear = async (answer) => {
    if (!answer.ok && answer.status !== 404) return;
    const news = answer.ok ? await answer.json() : { shape: "gone", parts: {}, charts: {} };
    // First, so that nobody waits for the page to see what has its place already.
    window.dispatchEvent(new CustomEvent("lab-news", { detail: news }));
    // What comes or goes is the page's to draw, and to be asked for once.
    if (news.shape !== shape) send("reshaped", (shape = news.shape));
  };
  timer = setTimeout(ask, every);
  return () => {
    clearTimeout(timer);
    left.abort();
  };
}

function part(node, { name, html, style }) {
  let shown = html;
  const body = document.createElement("div");
  body.innerHTML = shown;
  // Outside of what is replaced: another style sheet each second would have the whole page styled anew.
  node.innerHTML = style;
  node.append(body);
  const left = new AbortController();
  const hear = ({ detail }) => {
    const latest = detail.parts[name] ?? shown;
    if (latest !== shown) body.innerHTML = shown = latest;
  };
  window.addEventListener("lab-news", hear, { signal: left.signal });
  return () => left.abort();
}
