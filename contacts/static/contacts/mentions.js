// An @ in a note offers the colleagues whose names go on like that; their choice is an ordinary combobox.
(() => {
  "use strict";

  const BEGUN = /(?:^|[^\w@])@([^\s@][^@\n]{0,60}|)$/u;
  let open = null; // { field, list, people, chosen, from }
  let asked = 0;
  let waiting;

  const close = () => {
    if (!open) return;
    open.list.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) open.field.removeAttribute(name);
    open = null;
  };

  const choose = (position) => {
    open.chosen = (position + open.people.length) % open.people.length;
    [...open.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === open.chosen)));
    open.field.setAttribute("aria-activedescendant", open.list.children[open.chosen].id);
  };

  // Two of one name are told apart by their addresses.
  const handle = (person) =>
    open.people.filter((other) => other.name === person.name).length > 1 ? person.email : person.name;

  const take = () => {
    const { field, from } = open;
    const name = `@${handle(open.people[open.chosen])} `;
    field.setRangeText(name, from, field.selectionStart, "end");
    close();
    field.focus();
  };

  const show = (field, people, from) => {
    close();
    if (!people.length) return;
    const list = document.createElement("ul");
    list.id = "tether-people";
    list.className = "tether-people";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Colleagues");
    people.forEach((person, position) => {
      const option = document.createElement("li");
      option.id = `tether-person-${position}`;
      option.setAttribute("role", "option");
      const name = document.createElement("span");
      name.dir = "auto";
      name.textContent = person.name;
      option.append(name);
      if (person.email !== person.name) {
        const address = document.createElement("small");
        address.textContent = person.email;
        option.append(address);
      }
      // Before the field loses the focus.
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(position); take(); });
      list.append(option);
    });
    field.after(list);
    open = { field, list, people, chosen: 0, from };
    field.setAttribute("aria-controls", list.id);
    choose(0);
  };

  const look = async (field) => {
    const before = field.value.slice(0, field.selectionStart);
    const begun = BEGUN.exec(before);
    const number = ++asked;
    if (!begun) return close();
    const address = `${field.dataset.mentions}?q=${encodeURIComponent(begun[1])}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (number !== asked || !answer?.ok) return;
    show(field, (await answer.json()).people, before.length - begun[1].length - 1);
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("textarea[data-mentions]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => look(event.target), 120);
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("textarea[data-mentions]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
    } else if (open?.field === field) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) choose(open.chosen + step);
      else if (event.key === "Enter" || event.key === "Tab") take();
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    }
  });

  document.addEventListener("focusout", (event) => { if (open?.field === event.target) close(); });
})();
