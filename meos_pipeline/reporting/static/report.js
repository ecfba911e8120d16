// Upgrades still pictures to Plotly figures: by itself on wide screens, by a button elsewhere. Without it nothing is lost.
(function () {
  "use strict";
  var script = document.currentScript;
  var language = document.documentElement.lang;
  var button = document.getElementById("live");
  // On a wide screen every question is open; a phone shows the answers and opens what the reader asks for.
  if (window.matchMedia("(min-width: 60em)").matches) {
    [].forEach.call(document.querySelectorAll("details.card"), function (card) { card.open = true; });
  }
  var figures = [].slice.call(document.querySelectorAll("figure.chart"));
  if (!figures.length || !button) { return; }
  var DUTCH = {
    dictionary: {},
    format: {
      days: ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
      shortDays: ["zo", "ma", "di", "wo", "do", "vr", "za"],
      months: ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
      shortMonths: ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
      decimal: ",", thousands: "."
    }
  };
  var CONFIG = {
    displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", displaylogo: false, responsive: true,
    scrollZoom: false, doubleClick: false, showTips: false, locale: language === "nl" ? "nl" : "en", locales: { nl: DUTCH }
  };
  var loading = false;
  var waiting = [];

  function load(then) {
    if (window.Plotly) { then(); return; }
    waiting.push(then);
    if (loading) { return; }
    loading = true;
    fetchScript(script.getAttribute("data-figures"), function () {
      fetchScript(script.getAttribute("data-bundle"), function () { waiting.splice(0).forEach(function (go) { go(); }); });
    });
  }

  function fetchScript(source, then) {
    var element = document.createElement("script");
    element.src = source;
    element.onload = then;
    document.head.appendChild(element);
  }

  // Roles become the colours of the moment: light, dark, or the site's own.
  function coloured(node, style) {
    if (typeof node === "string") {
      return node.indexOf("role:") === 0 ? style.getPropertyValue("--" + node.slice(5)).trim() : node;
    }
    if (Array.isArray(node)) { return node.map(function (item) { return coloured(item, style); }); }
    if (node && typeof node === "object") {
      var copy = {};
      Object.keys(node).forEach(function (key) { copy[key] = coloured(node[key], style); });
      return copy;
    }
    return node;
  }

  function draw(figure) {
    var live = figure.querySelector(".live");
    var data = window.meosFigures[live.getAttribute("data-figure")];
    var style = getComputedStyle(document.documentElement);
    var made = coloured(data, style);
    var height = live.getAttribute("data-height") || figure.querySelector(".still").getBoundingClientRect().height;
    live.setAttribute("data-height", height);
    made.layout.font.family = getComputedStyle(document.body).fontFamily;
    // As high as the still, so that nothing below it moves while somebody reads there.
    made.layout.height = Number(height);
    made.layout.separators = language === "nl" ? ",." : ".,";
    live.hidden = false;
    live.setAttribute("aria-hidden", "true");
    figure.classList.add("on");
    window.Plotly.newPlot(live, made.data, made.layout, CONFIG);
  }

  function upgrade(figure) {
    if (figure.getAttribute("data-live")) { return; }
    figure.setAttribute("data-live", "1");
    load(function () { draw(figure); });
  }

  function all() { figures.forEach(upgrade); button.hidden = true; }

  var idle = window.requestIdleCallback || function (go) { return window.setTimeout(go, 200); };

  function watch() {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); idle(function () { upgrade(entry.target); }); }
      });
    }, { rootMargin: "300px 0px" });
    figures.forEach(function (figure) { seen.observe(figure); });
  }

  button.addEventListener("click", all);
  var wide = window.matchMedia("(min-width: 60em) and (hover: hover)").matches;
  if (wide && "IntersectionObserver" in window) {
    window.addEventListener("load", function () { idle(watch); });
  } else {
    button.hidden = false;
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    figures.forEach(function (figure) { if (figure.classList.contains("on")) { draw(figure); } });
  });
})();
