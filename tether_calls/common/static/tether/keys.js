// Keys of a page, for as long as nobody is typing: tetherKeys({ j: (event) => ... }).
(() => {
  "use strict";

  const TYPING = "input:not([type=radio]):not([type=range]):not([type=checkbox]), textarea, select, [contenteditable], [role=dialog]";

  window.tetherKeys = (actions) => {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.(TYPING)) return;
      const action = actions[event.key.toLowerCase()];
      // An action that returns false leaves the key to the browser.
      if (action && action(event) !== false) event.preventDefault();
    });
  };
})();
