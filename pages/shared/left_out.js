// The browser's half of left_out.py: the files that are too large to be sent, when they are chosen or dropped.

export default function show({ data, parentElement }) {
  const status = parentElement.querySelector("[role=status]");
  const isAskedFor = ({ name }) => !data.endings || data.endings.some((ending) => name.toLowerCase().endsWith(`.${ending}`));

  const look = (event) => {
    const files = [...((event.dataTransfer ?? event.target).files ?? [])];
    if (!files.length || !event.target.closest(`.${data.within}`)) return;
    status.textContent = files
      .filter((file) => file.size > data.largest && isAskedFor(file))
      .map(({ name, size }) => `${name} has ${Math.round(size / 1e6)} MB and ${data.advice}`)
      .join("\n");
  };
  status.stopListening?.();
  // Before the uploader itself, which may keep the event to itself.
  for (const kind of ["change", "drop"]) document.addEventListener(kind, look, true);
  status.ariaBusy = "false";
  status.stopListening = () => {
    for (const kind of ["change", "drop"]) document.removeEventListener(kind, look, true);
  };
  return status.stopListening;
}
