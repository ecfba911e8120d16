// On a wide screen every question is open; a phone shows the answers and opens what the reader asks for.
(function () {
  "use strict";
  if (window.matchMedia("(min-width: 60em)").matches) {
    [].forEach.call(document.querySelectorAll("details.card"), function (card) { card.open = true; });
  }
})();
