// The browser's half of boxed_picture.py: a button over each digit of the picture, and one for each letter of the text.

const LOWEST = 28; // pixels on the screen: beside lower boxes, their labels would hide the digits of the line above

const COMFORTABLE = 72; // to this height, digits of a small picture are enlarged where there is room for it
const TALLEST = 34; // rem: the picture and its text fit on a screen

// Streamlit calls this for every new picture, for another choice, and when the theme changes.
export default function show({ data, parentElement, setTriggerValue }) {
  const picture = parentElement.querySelector(".picture");
  const text = parentElement.querySelector(".text");
  const digits = () => [...picture.querySelectorAll("button"), ...text.querySelectorAll("button")];
  const content = JSON.stringify([data.picture, data.boxes, data.titles]);
  if (picture.shown !== content) {
    picture.shown = content;
    const image = new Image();
    image.src = data.picture;
    image.alt = data.alt;
    picture.replaceChildren(image, ...data.boxes.map((box, i) => boxButton(box, i, data)));
    const heights = data.boxes.map(([, top, , bottom]) => bottom - top).sort((a, b) => a - b);
    const usual = heights[Math.floor(heights.length / 2)];
    const [width, height] = data.size;
    const enlarged = width * Math.min(4, Math.max(1, COMFORTABLE / (usual * height)));
    picture.style.width = `min(100%, ${enlarged}px, ${(TALLEST * width) / height}rem)`;
    picture.sizes?.disconnect();
    picture.sizes = new ResizeObserver(() => picture.classList.toggle("dense", usual * image.clientHeight < LOWEST));
    picture.sizes.observe(image);
    const lines = [];
    data.lines.forEach((line, i) => {
      lines[line] ??= Object.assign(document.createElement("div"), { className: "line" });
      lines[line].append(button(i, data, data.labels[i]));
    });
    text.replaceChildren(...lines);
  }
  const mark = (chosen) => {
    for (const each of digits()) {
      each.classList.toggle("chosen", Number(each.dataset.i) === chosen);
      each.setAttribute("aria-pressed", Number(each.dataset.i) === chosen);
    }
  };
  mark(data.chosen);
  const clicked = ({ target }) => {
    const i = target.closest("button")?.dataset.i;
    if (i === undefined) return;
    mark(Number(i));
    setTriggerValue("clicked", Number(i));
  };
  picture.onclick = clicked;
  text.onclick = clicked;
  // The text is one stop for the Tab key, and the arrows walk from digit to digit; the boxes say the same to the pointer.
  text.onkeydown = (event) => {
    const letters = [...text.querySelectorAll("button")];
    const here = letters.indexOf(event.target);
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
    const to = { Home: 0, End: letters.length - 1 }[event.key] ?? here + (steps[event.key] ?? NaN);
    if (here < 0 || !letters[to]) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    letters[to].tabIndex = 0;
    letters[to].focus();
  };
}

function boxButton([left, top, right, bottom], i, data) {
  const made = button(i, data, "");
  made.tabIndex = -1;
  const percent = (share) => `${100 * share}%`;
  made.style.left = percent(left);
  made.style.top = percent(top);
  made.style.width = percent(right - left);
  made.style.height = percent(bottom - top);
  made.append(Object.assign(document.createElement("span"), { textContent: data.labels[i] }));
  return made;
}

function button(i, data, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.i = i;
  made.textContent = label;
  made.title = data.titles[i];
  made.tabIndex = i === 0 ? 0 : -1;
  made.setAttribute("aria-label", data.titles[i]);
  made.classList.toggle("strange", data.strange[i]);
  return made;
}
