// The browser's half of digit_grid.py: one canvas with all digits, and an invisible button over each.
// 400 buttons with a piece of the picture each would be scaled anew for every frame of any animation on the page.

const CELL = 44; // pixels on the screen; what is comfortable to hit with a finger
const PITCH = CELL + 2;
const SIDE = 28; // pixels of a digit in the picture

// Streamlit calls this for every new page of digits and when the theme changes.
export default function show({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid");
  if (grid.shown === data.sprite + data.titles) return;
  grid.shown = data.sprite + data.titles;
  grid.setAttribute("aria-label", data.alt);
  const canvas = document.createElement("canvas");
  grid.replaceChildren(canvas, ...data.titles.map((title, i) => button(title, i, data.wrong.includes(i))));
  const buttons = [...grid.querySelectorAll("button")];
  if (buttons.length) buttons[0].tabIndex = 0;

  const sprite = new Image();
  let across = 0;
  const draw = () => {
    const fits = Math.max(1, Math.floor((grid.clientWidth + 2) / PITCH));
    if (fits === across || !sprite.complete) return;
    across = fits;
    grid.style.gridTemplateColumns = `repeat(${across}, ${CELL}px)`;
    canvas.width = across * PITCH;
    canvas.height = Math.ceil(buttons.length / across) * PITCH;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    buttons.forEach((_, i) => {
      const from = [(i % data.columns) * SIDE, Math.floor(i / data.columns) * SIDE];
      const to = [(i % across) * PITCH, Math.floor(i / across) * PITCH];
      context.drawImage(sprite, ...from, SIDE, SIDE, ...to, CELL, CELL);
    });
  };
  sprite.onload = draw;
  sprite.src = data.sprite;
  grid.sizes?.disconnect();
  grid.sizes = new ResizeObserver(draw);
  grid.sizes.observe(grid);

  const choose = (chosen) => {
    grid.querySelector("[tabindex='0']").tabIndex = -1;
    chosen.tabIndex = 0;
    chosen.focus();
  };
  grid.onclick = ({ target }) => {
    if (!target.dataset.i) return;
    choose(target);
    grid.querySelector(".seen")?.classList.remove("seen");
    target.classList.add("seen");
    setTriggerValue("clicked", Number(target.dataset.i));
  };
  // One stop for the Tab key; the arrows walk from digit to digit.
  grid.onkeydown = (event) => {
    const here = Number(event.target.dataset.i);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
    const last = buttons.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? here + (steps[event.key] ?? NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    choose(buttons[Math.min(Math.max(to, 0), last)]);
  };
}

function button(title, i, isWrong) {
  const made = document.createElement("button");
  made.dataset.i = i;
  made.title = title;
  made.tabIndex = -1;
  made.setAttribute("aria-label", title);
  made.classList.toggle("wrong", isWrong);
  return made;
}
