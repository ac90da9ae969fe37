// A part of the page that a form's answer replaces keeps what is typed and not sent in its other forms (data-keep names them).
(() => {
  "use strict";

  const isChosen = (field) => field.type === "radio" || field.type === "checkbox";
  const isChanged = (field) => isChosen(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  const keyOf = (field) => `${field.name}\n${isChosen(field) ? field.value : ""}`;
  let kept = [];

  const keep = (form) => {
    const fields = [...form.elements].filter((field) => "defaultValue" in field && isChanged(field));
    return { name: form.dataset.keep, fields: new Map(fields.map((field) => [keyOf(field), field])) };
  };

  const bringBack = ({ name, fields }) => {
    const form = document.querySelector(`form[data-keep="${CSS.escape(name)}"]`);
    if (!form) return;
    for (const field of form.elements) {
      const before = fields.get(keyOf(field));
      if (!before) continue;
      if (isChosen(field)) field.checked = before.checked;
      else field.value = before.value;
    }
    const fold = form.closest("details");
    if (fold) fold.open = true;
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const sent = event.detail.requestConfig?.elt?.closest("form");
    const others = [...event.detail.target.querySelectorAll("form[data-keep]")].filter((form) => form !== sent);
    kept = others.map(keep).filter(({ fields }) => fields.size);
  });

  document.addEventListener("htmx:afterSwap", () => {
    kept.forEach(bringBack);
    kept = [];
  });
})();
