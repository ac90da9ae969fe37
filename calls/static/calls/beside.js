// The way from call to call, by keys that links and buttons name: through the list, or a listening queue.
(() => {
  "use strict";

  const ways = [...document.querySelectorAll(".tether-call [data-key]")];
  tetherKeys(Object.fromEntries(ways.map((way) => [way.dataset.key, () => way.click()])));
})();
