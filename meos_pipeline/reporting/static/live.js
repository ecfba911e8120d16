// A still picture becomes a live figure when the reader asks: the same drawing, with values to point at and to walk
// along with the arrow keys, other views to compare with, and the table beside it. Without this script nothing is lost.
(function () {
  "use strict";
  var script = document.currentScript;
  var CONFIG = {
    displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", displaylogo: false, responsive: false,
    scrollZoom: false, doubleClick: false, showTips: false, locale: "en"
  };
  var figures = [].slice.call(document.querySelectorAll("figure.chart"));
  var waiting = [];
  var loading = false;

  function fetchScript(source, then) {
    var element = document.createElement("script");
    element.src = source;
    element.onload = then;
    document.head.appendChild(element);
  }

  function load(then) {
    if (window.Plotly && window.meosFigures) { then(); return; }
    waiting.push(then);
    if (loading) { return; }
    loading = true;
    fetchScript(script.getAttribute("data-figures"), function () {
      fetchScript(script.getAttribute("data-bundle"), function () { waiting.splice(0).forEach(function (go) { go(); }); });
    });
  }

  // Roles become the colours of the moment: light, dark, the site's own, or those of the system (high contrast).
  function palette(live) {
    var probe = document.createElement("span");
    var known = {};
    probe.hidden = true;
    live.parentNode.appendChild(probe);
    return {
      of: function (role) {
        if (!(role in known)) {
          probe.style.color = "var(--" + role + ")";
          known[role] = getComputedStyle(probe).color;
        }
        return known[role];
      },
      done: function () { probe.remove(); }
    };
  }

  function coloured(node, colours, scale, key) {
    if (typeof node === "string") {
      if (node.indexOf("role:") === 0) { return colours.of(node.slice(5)); }
      return key === "dash" && node.indexOf("px") > 0
        ? node.split(",").map(function (part) { return parseFloat(part) * scale + "px"; }).join(",") : node;
    }
    if (typeof node === "number" && (key === "size" || key === "width" || key === "height")) { return node * scale; }
    if (Array.isArray(node)) { return node.map(function (item) { return coloured(item, colours, scale, ""); }); }
    if (node && typeof node === "object") {
      var copy = {};
      Object.keys(node).forEach(function (name) { copy[name] = coloured(node[name], colours, scale, name); });
      return copy;
    }
    return node;
  }

  function Live(figure) {
    this.figure = figure;
    this.place = figure.querySelector(".live");
    this.said = figure.querySelector(".said");
    this.name = this.place.getAttribute("aria-label");
    this.view = 0;
    this.at = -1;
  }

  Live.prototype.start = function () {
    var self = this;
    this.wanted = true;
    load(function () {
      // Who pressed twice while it was on its way wants the picture as it was.
      if (!self.wanted) { return; }
      self.spec = window.meosFigures[self.figure.id];
      self.figure.classList.add("on");
      self.place.hidden = false;
      self.controls();
      self.draw();
      var table = self.figure.querySelector("details.figures");
      if (table && window.matchMedia("(min-width: 60em)").matches) { table.open = true; }
    });
  };

  Live.prototype.stop = function () {
    this.wanted = false;
    if (!this.figure.classList.contains("on")) { return; }
    this.figure.classList.remove("on");
    this.place.hidden = true;
    this.said.textContent = "";
    if (this.chooser) { this.chooser.remove(); this.chooser = null; }
    if (this.view) { this.view = 0; this.table(); }
    window.Plotly.purge(this.place);
  };

  // As large as the still, so that nothing below moves while somebody reads there.
  Live.prototype.draw = function () {
    var view = this.spec.views[this.view];
    this.figure.classList.remove("on");
    var stills = [].slice.call(this.figure.querySelectorAll(".still svg"));
    var shown = stills.filter(function (svg) { return svg.getBoundingClientRect().width; })[0] || stills[0];
    var made = (shown.closest(".narrow") && view.narrow) || view.wide;
    var scale = (shown.getBoundingClientRect().width || made.layout.width) / made.layout.width;
    this.figure.classList.add("on");
    var colours = palette(this.place);
    var layout = coloured(made.layout, colours, scale, "");
    var data = coloured(made.data, colours, scale, "");
    colours.done();
    layout.font.family = getComputedStyle(document.body).fontFamily;
    this.count = made.data[made.data.length - 1].x.length;
    this.texts = made.data[made.data.length - 1].text;
    // What was said of a value of another view is no longer in the figure.
    this.at = -1;
    this.said.textContent = "";
    this.place.setAttribute("aria-label", (this.view ? view.name + ": " : "") + this.name);
    window.Plotly.react(this.place, data, layout, CONFIG);
  };

  // Arrow keys walk along the values; what is reached is shown and said.
  Live.prototype.walk = function (step) {
    if (!this.count) { return; }
    this.at = step === "first" ? 0 : step === "last" ? this.count - 1
      : Math.max(0, Math.min(this.count - 1, this.at + step));
    window.Plotly.Fx.hover(this.place, [{ curveNumber: this.place.data.length - 1, pointNumber: this.at }]);
    var plain = document.createElement("textarea");
    plain.innerHTML = this.texts[this.at].replace(/<br>/g, ". ");
    this.said.textContent = plain.value;
  };

  // Other views of the same question: a list, or a slider when they follow each other in time.
  Live.prototype.controls = function () {
    var self = this;
    var views = this.spec.views;
    if (views.length < 2 || this.chooser) { return; }
    var label = document.createElement("label");
    var slides = this.spec.steps && window.matchMedia("(min-width: 45em)").matches;
    var input = document.createElement(slides ? "input" : "select");
    var shown = document.createElement("output");
    var name = document.createElement("span");
    label.className = "views";
    name.textContent = this.spec.label + " ";
    label.appendChild(name);
    if (slides) {
      input.type = "range";
      input.min = 0;
      input.max = views.length - 1;
      // The first view is the newest; a slider goes from old to new.
      input.value = views.length - 1;
      shown.textContent = views[0].name;
    } else {
      views.forEach(function (view, index) { input.appendChild(new Option(view.name, index)); });
    }
    input.addEventListener("input", function () {
      self.view = slides ? views.length - 1 - Number(input.value) : Number(input.value);
      if (slides) {
        shown.textContent = views[self.view].name;
        input.setAttribute("aria-valuetext", views[self.view].name);
      }
      self.draw();
      self.table();
    });
    label.appendChild(input);
    if (slides) { label.appendChild(shown); }
    // Beside the button, so that nothing below moves.
    this.figure.querySelector(".tools").appendChild(label);
    this.chooser = label;
  };

  Live.prototype.table = function () {
    var table = this.figure.querySelector("details.figures table");
    var rows = this.spec.views[this.view].table;
    var caption = this.figure.querySelector("figcaption");
    var silent = this.figure.querySelector(".silent");
    if (caption) { caption.textContent = this.spec.views[this.view].caption; }
    if (silent) { silent.hidden = this.view > 0; }
    if (!table || !rows) { return; }
    table.caption.textContent = rows.caption;
    this.own = this.own || table.tBodies[0].cloneNode(true);
    var head = table.tHead.rows[0];
    head.textContent = "";
    rows.columns.forEach(function (text) {
      var cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = text;
      head.appendChild(cell);
    });
    if (!this.view) { table.replaceChild(this.own.cloneNode(true), table.tBodies[0]); return; }
    var body = table.tBodies[0];
    body.textContent = "";
    rows.rows.forEach(function (cells) {
      var row = body.insertRow();
      cells.forEach(function (text, index) {
        var cell = document.createElement(index ? "td" : "th");
        if (!index) { cell.scope = "row"; }
        cell.textContent = text;
        row.appendChild(cell);
      });
    });
  };

  figures.forEach(function (figure) {
    var button = figure.querySelector("button.go-live");
    if (!button) { return; }
    var live = new Live(figure);
    figure.meosLive = live;
    button.hidden = false;
    button.addEventListener("click", function () {
      var on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.firstChild.nodeValue = script.getAttribute(on ? "data-stop" : "data-start");
      if (on) { live.start(); } else { live.stop(); }
    });
    live.place.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: "first", End: "last" }[event.key];
      if (step === undefined) { return; }
      event.preventDefault();
      live.walk(step);
    });
  });

  function again() {
    figures.forEach(function (figure) { if (figure.classList.contains("on")) { figure.meosLive.draw(); } });
  }
  ["(prefers-color-scheme: dark)", "(forced-colors: active)"].forEach(function (query) {
    window.matchMedia(query).addEventListener("change", again);
  });
  window.addEventListener("resize", again);
})();
