// The browser's half of paste.py: the picture on the clipboard, sent as base64.

export default function show({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");
  const take = (blob) => {
    if (blob.size > data.largest) {
      status.textContent = data.refusal;
      return;
    }
    status.textContent = "";
    const reader = new FileReader();
    reader.onload = () => setTriggerValue("pasted", reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(blob);
  };

  button.onclick = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const kind = item.types.find((type) => type.startsWith("image/"));
        if (kind) return take(await item.getType(kind));
      }
      status.textContent = "There is no picture on the clipboard.";
    } catch {
      // Forbidden, or a browser that cannot: the keys work everywhere.
      status.textContent = "The browser does not hand the clipboard out: press Ctrl+V instead (on a Mac, Cmd+V).";
    }
  };

  // Text that is pasted into a field goes where it should.
  const onPaste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    take(file);
  };
  button.stopListening?.();
  document.addEventListener("paste", onPaste);
  button.stopListening = () => document.removeEventListener("paste", onPaste);
  return button.stopListening;
}
