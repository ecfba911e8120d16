"use strict";
// The counting page. What is counted stays in this browser until somebody hands it in; every text on the page is
// written as text, never as markup.
(() => {
  const PREFIX = "meos-telmee-1";
  const CELLS = ["rm", "rn", "nm", "nn"];
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  // Pages of other teams, from the same server, keep their own.
  const KEY = data.teams.length > 1 ? PREFIX : `${PREFIX}-${data.teams[0]}`;
  const at = (id) => document.getElementById(id);
  let stores = true;
  let memory = null;
  let editing = null;
  let asked = null;
  let changing = null;

  const two = (number) => String(number).padStart(2, "0");
  const dayOf = (moment) => `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const today = () => dayOf(new Date());
  const dutch = (day) => day.split("-").reverse().join("-");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const random = () => [...crypto.getRandomValues(new Uint8Array(4))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const blockNow = () => {
    const hour = new Date().getHours();
    return hour >= 5 && hour < 13 ? "early" : hour >= 13 && hour < 21 ? "late" : "night";
  };

  // --- what is kept -------------------------------------------------------------------------------------------

  const blank = () => ({
    count: { rm: 0, rn: 0, nm: 0, nn: 0, log: [] },
    team: data.teams[0],
    kind: data.kinds[0],
    block: "",
    date: "",
    chosen: "",
    sheets: [],
    agreements: [],
  });
  const isDay = (text) => typeof text === "string" && /^20\d\d-\d\d-\d\d$/.test(text);
  const isCount = (n) => Number.isInteger(n) && n >= 0 && n <= data.most;
  const isSheet = (s) =>
    s && CELLS.every((cell) => isCount(s[cell])) && isDay(s.date) && /^[a-z0-9-]{1,40}$/.test(s.team) &&
    data.kinds.includes(s.kind) && data.blocks.includes(s.block) && /^[0-9a-f]{8}$/.test(s.mark) &&
    isCount(s.version) && isCount(s.number) && (s.weight === null || /^\d{1,4}(\.\d{1,2})?$/.test(s.weight));
  const isAgreement = (a) =>
    a && /^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(a.id) && /^[a-z0-9-]{1,40}$/.test(a.team) && isDay(a.from) &&
    isDay(a.look) && data.allAims.includes(a.aim) && data.ways.includes(a.way) && data.states.includes(a.state) &&
    isCount(a.version);

  function read() {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(KEY));
    } catch {
      stores = false;
    }
    const state = { ...blank(), ...(memory ?? kept ?? {}) };
    // What another page or hand wrote there is taken only as far as it has the form of ours.
    if (!state.count || !CELLS.every((cell) => isCount(state.count[cell])) || !Array.isArray(state.count.log)) {
      state.count = blank().count;
    }
    state.count.log = state.count.log.filter((cell) => CELLS.includes(cell));
    state.sheets = Array.isArray(state.sheets) ? state.sheets.filter(isSheet) : [];
    state.agreements = Array.isArray(state.agreements) ? state.agreements.filter(isAgreement) : [];
    if (!data.teams.includes(state.team)) state.team = data.teams[0];
    if (!data.kinds.includes(state.kind)) state.kind = data.kinds[0];
    return anew(state);
  }

  /** A sheet on which nothing was counted yet is of today and now, unless somebody chose another day today. */
  function anew(state) {
    const isOld = CELLS.every((cell) => state.count[cell] === 0) && state.chosen !== today();
    if (!isDay(state.date) || isOld) state.date = today();
    if (!data.blocks.includes(state.block) || isOld) state.block = blockNow();
    return state;
  }

  let state = read();
  const ours = (items) => items.filter((item) => data.teams.includes(item.team));

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(state));
    } catch {
      stores = false;
      memory = state;
    }
    at("no-store").hidden = stores;
  }

  const say = (text) => {
    at("say").textContent = text;
  };

  // --- files --------------------------------------------------------------------------------------------------

  function checkNumber(line) {
    let rest = 0;
    for (let i = 0; i < line.length; i += 1) rest = (rest * 256 + line.charCodeAt(i)) % 97;
    return two(98 - ((rest * 9) % 97));
  }
  const signed = (values, schema) => {
    const line = [...values, schema].join(";");
    return `${line};${checkNumber(line)}`;
  };
  const seen = (s) => s.rm + s.rn + s.nm + s.nn;
  const sheetLine = (s) =>
    signed(
      [dutch(s.date), s.team, s.number, seen(s), s.rm + s.nm, s.rm + s.rn, s.rm, s.kind, s.block, s.weight ?? "",
        s.mark, s.version, s.gone ? "withdrawn" : "valid"],
      data.sheetSchema,
    );
  const agreementLine = (a) =>
    signed(
      [a.id, a.team, a.way, a.aim, dutch(a.from), dutch(a.look), a.gone ? "withdrawn" : a.state, a.help ? "ja" : "nee", a.version],
      data.agreementSchema,
    );

  const isServed = /^https?:$/.test(location.protocol);

  async function give(name, header, lines, asFile) {
    const text = [header, ...lines, ""].join("\r\n");
    if (isServed && !asFile) {
      try {
        const answer = await fetch("/hand-in", {
          method: "POST",
          headers: { "Content-Type": "text/csv", "X-Meos-Hand-In": "1" },
          body: text,
        });
        if (answer.status === 201) return words.sent;
        if (answer.status !== 404 && answer.status !== 405 && answer.status !== 501) {
          say(words.refused);
          return "";
        }
      } catch {
        // no server that takes files: make one below
      }
    }
    const file = new File([text], name, { type: "text/csv" });
    if (matchMedia("(pointer:coarse)").matches && navigator.canShare?.({ files: [file] })) {
      try {
        await navigator.share({ files: [file], title: name });
        return words.made;
      } catch {
        return "";
      }
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    return words.made;
  }

  /** Hand in what was not handed in yet; when all was, hand everything in once more: it counts once. */
  async function hand(items, name, header, line, asFile) {
    const open = ours(items).filter((item) => !item.out);
    const chosen = open.length ? open : ours(items);
    if (!chosen.length) return;
    const told = await give(`${name}_${state.team}_${today()}.csv`, header, chosen.map(line), asFile);
    if (!told) return;
    for (const item of chosen) item.out = true;
    keep();
    show();
    say(told);
  }

  // --- drawing ------------------------------------------------------------------------------------------------

  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "label") made.setAttribute("aria-label", value);
      else made[name] = value;
    }
    made.append(...children);
    return made;
  }

  /** A button that asks once more before it acts. */
  function careful(text, label, act) {
    const key = label;
    const isAsked = asked === key;
    const button = element("button", { type: "button", className: "asks", textContent: isAsked ? words.sure : text, label: isAsked ? `${words.sure} ${label}` : label });
    button.onclick = () => {
      if (asked === key) {
        asked = null;
        act();
      } else {
        asked = key;
        show();
        document.querySelector(`[aria-label="${CSS.escape(`${words.sure} ${label}`)}"]`)?.focus();
      }
    };
    return button;
  }

  /** Buttons of a sheet or an agreement. One that was handed in is taken back, never only erased. */
  function bar(item, name, { correct, withdraw, remove }) {
    const made = element("div", { className: "bar" });
    if (correct && !item.gone) {
      const button = element("button", { type: "button", textContent: words.correct, label: `${words.correct} ${name}` });
      button.onclick = correct;
      made.append(button);
    }
    const wasHanded = item.out || item.version > 1;
    if (wasHanded && !item.gone) made.append(careful(words.withdraw, `${words.withdraw} ${name}`, withdraw));
    if (remove && (!wasHanded || item.out)) {
      made.append(careful(words.remove, `${words.remove} ${name}`, () => {
        remove();
        keep();
        show();
        say(words.removed);
      }));
    }
    return made;
  }

  function sheetState(s) {
    if (s.gone) return s.out ? words.state_gone_out : words.state_gone;
    if (s.out) return words.state_out;
    return s.version > 1 ? words.state_changed : words.state_open;
  }

  function sheetItem(s) {
    const name = `${dutch(s.date)} ${fill(words.sheet, { n: s.number })}`;
    const buttons = bar(s, name, {
      correct: () => edit(s),
      withdraw: () => {
        Object.assign(s, { rm: 0, rn: 0, nm: 0, nn: 0, gone: true, out: false, version: s.version + 1 });
        keep();
        show();
        say(words.state_gone);
      },
      remove: () => {
        state.sheets = state.sheets.filter((other) => other !== s);
      },
    });
    const item = element(
      "div",
      { className: "item" },
      element("strong", { textContent: `${dutch(s.date)}, ${data.names.block[s.block]}, ${data.names.kind[s.kind]}` }),
      ` · ${fill(words.sheet, { n: s.number })}`,
    );
    if (data.teams.length > 1) item.append(` · ${data.names.team[s.team] ?? s.team}`);
    item.append(
      element("p", { textContent: s.gone ? "" : fill(words.sum, { n: seen(s), m: s.rm + s.nm }) }),
      element("p", { className: "soft", textContent: sheetState(s) }),
      buttons,
    );
    return item;
  }

  /** Keep a newer word on an agreement, also when so far only the report had it. */
  function renew(a, values) {
    if (a.out) Object.assign(a, { version: a.version + 1, out: false, fromReport: false });
    Object.assign(a, values);
    if (!state.agreements.includes(a)) state.agreements.push(a);
    keep();
    show();
    say(words.saved);
  }

  const agreementState = (a) =>
    a.fromReport ? words.from_report : a.gone ? (a.out ? words.state_gone_out : words.state_gone) : a.out ? words.state_out
      : a.version > 1 ? words.state_changed : words.state_open;

  const agreementName = (a) => `${data.names.aim[a.aim]}, ${fill(words.since, { day: dutch(a.from) })}`;

  /** Of an agreement that the analyst typed only the state is ours to renew. */
  function agreementBar(a) {
    if (!a.isOurs) return "";
    const canBeChosen = [...at("aim").options].some((option) => option.value === a.aim);
    return bar(a, agreementName(a), {
      correct: canBeChosen && (() => change(a)),
      withdraw: () => {
        settle();
        renew(a, { gone: true });
      },
      remove: !a.fromReport && (() => {
        settle();
        state.agreements = state.agreements.filter((other) => other !== a);
      }),
    });
  }

  function agreementItem(a) {
    const isDue = a.state === "running" && a.look <= today() && !a.gone;
    const select = element("select", { id: `state-${a.id}`, label: `${isDue ? words.due : words.state} ${agreementName(a)}` });
    for (const code of data.states) {
      select.append(element("option", { value: code, textContent: data.names.state[code], selected: code === a.state }));
    }
    select.onchange = () => renew(a, { state: select.value });
    const label = element("label", { textContent: isDue ? words.due : words.state }, select);
    return element(
      "div",
      { className: isDue ? "item due" : "item" },
      element("strong", { textContent: data.names.aim[a.aim] }),
      ...(data.teams.length > 1 ? [` · ${data.names.team[a.team]}`] : []),
      element("p", {
        textContent: [data.names.way[a.way], fill(words.since, { day: dutch(a.from) }), fill(words.back_on, { day: dutch(a.look) }),
          ...(a.help ? [words.help] : [])].join(", "),
      }),
      element("p", { className: "soft", textContent: agreementState(a) }),
      ...(a.gone ? [] : [element("div", { className: "fields" }, label)]),
      agreementBar(a),
    );
  }

  /** Agreements of this device, and those of the report that it has no newer word of. */
  function agreements() {
    const own = new Map(state.agreements.map((a) => [a.id, a]));
    for (const given of data.agreements) {
      const mine = own.get(given.id);
      if (!mine || (mine.out && mine.version < given.version)) {
        state.agreements = state.agreements.filter((a) => a.id !== given.id);
        own.set(given.id, { ...given, out: true, fromReport: true });
      }
    }
    return [...own.values()]
      .filter((a) => a.team === state.team)
      .sort((a, b) => (a.look < b.look ? -1 : 1));
  }

  /** Draw everything anew; who was on a button or a list stays there, or else goes to the heading of what it was in. */
  function show() {
    const focused = document.activeElement;
    const place = focused?.closest?.("#sheets, #agreements") && focused;
    const label = place?.getAttribute("aria-label");
    const heading = place?.closest("section").querySelector("h2");
    redraw();
    if (!place || place.isConnected) return;
    const again = (place.id && at(place.id)) || document.querySelector(`[aria-label="${CSS.escape(label ?? "")}"]`);
    (again ?? heading)?.focus();
  }

  function redraw() {
    for (const cell of CELLS) document.querySelector(`[data-count=${cell}] output`).textContent = state.count[cell];
    at("undo").disabled = !state.count.log.length;
    at("total").textContent = fill(words.sum, { n: seen(state.count), m: state.count.rm + state.count.nm });
    if (at("team")) at("team").value = state.team;
    at("kind").value = state.kind;
    at("block").value = state.block;
    at("date").value = state.date;
    at("date").max = today();
    at("date").min = data.firstDay;
    at("drawn").hidden = weight(state) === null;
    at("sheets").replaceChildren(
      ...(ours(state.sheets).length ? ours(state.sheets).map(sheetItem) : [element("p", { textContent: words.nothing_kept })]),
    );
    at("hand-sheets").disabled = at("file-sheets").disabled = !ours(state.sheets).length;
    at("wipe").textContent = asked === "wipe" ? words.sure : words.wipe;
    at("agreeing-title").textContent = changing ? words.correct_agreement : words.new_agreement;
    at("save-agreement").textContent = changing ? words.save_correction : words.save_agreement;
    at("cancel-agreement").hidden = !changing;
    drawShifts();
    const known = agreements();
    at("agreements").replaceChildren(
      ...(known.length ? known.map(agreementItem) : [element("p", { textContent: words.no_agreements })]),
    );
    at("hand-agreements").disabled = at("file-agreements").disabled = !ours(state.agreements).length;
  }

  /** Shifts that were drawn, from today on; one tap chooses the day and the start of a sheet. */
  function drawShifts() {
    if (!at("draw")) return;
    const coming = data.draw.filter((d) => d.date >= today() && (data.teams.length === 1 || d.team === state.team));
    at("draw").replaceChildren(
      ...coming.map((d) => {
        const weekday = data.weekdays[(new Date(`${d.date}T12:00`).getDay() + 6) % 7];
        const label = `${weekday} ${dutch(d.date)}, ${data.names.block[d.block]}${d.reserve ? ` (${words.reserve})` : ""}`;
        if (d.date !== today()) return element("p", { textContent: label });
        const choose = element("button", { type: "button", textContent: label });
        choose.onclick = () => {
          Object.assign(state, { team: d.team, date: d.date, block: d.block, chosen: today() });
          keep();
          show();
          at("done").scrollIntoView({ block: "nearest" });
        };
        return choose;
      }),
    );
    at("which").hidden = !coming.length;
  }

  /** What a shift stands for when it was drawn; null when it was not. */
  function weight(shift) {
    const drawn = data.draw.find((d) => d.team === shift.team && d.date === shift.date && d.block === shift.block);
    return drawn ? drawn.weight : null;
  }

  // --- counting -----------------------------------------------------------------------------------------------

  const name = (cell) => document.querySelector(`[data-count=${cell}]`).dataset.name;

  function add(cell, step) {
    if (!editing) anew(state);
    const count = editing ?? state.count;
    if (!isCount(count[cell] + step)) return;
    count[cell] += step;
    if (!editing) {
      if (step > 0) count.log.push(cell);
      else count.log.splice(count.log.lastIndexOf(cell), 1);
      keep();
    }
    show();
    say(`${name(cell)}: ${count[cell]}`);
  }

  for (const button of document.querySelectorAll(".plus")) {
    button.dataset.name = button.textContent.replace(/\s+/g, " ").replace(/:.*/, "").trim();
    button.onclick = () => {
      add(button.dataset.count, 1);
      navigator.vibrate?.(15);
    };
  }
  at("undo").onclick = () => {
    const cell = state.count.log.at(-1);
    if (cell) add(cell, -1);
  };
  for (const id of ["team", "kind", "block", "date"]) {
    if (!at(id)) continue;
    at(id).onchange = () => {
      Object.assign(state, { [id]: at(id).value, chosen: today() });
      keep();
      show();
    };
  }

  function steps() {
    const count = editing ?? state.count;
    at("steps").replaceChildren(
      ...CELLS.map((cell) => {
        const less = element("button", { type: "button", textContent: "−", label: `${words.less}: ${name(cell)}` });
        const more = element("button", { type: "button", textContent: "+", label: `${words.more}: ${name(cell)}` });
        for (const [button, step] of [[less, -1], [more, 1]]) {
          button.onclick = () => {
            const label = button.getAttribute("aria-label");
            add(cell, step);
            steps();
            document.querySelector(`#steps [aria-label="${CSS.escape(label)}"]`).focus();
          };
        }
        return element("div", { className: "step" }, element("span", { textContent: name(cell) }), less, element("output", { textContent: count[cell] }), more);
      }),
    );
    for (const button of document.querySelectorAll(".move")) button.disabled = count[button.dataset.from] === 0;
    at("sum").textContent = seen(count) ? fill(words.sum, { n: seen(count), m: count.rm + count.nm }) : words.zero;
    at("correcting").textContent = editing ? fill(words.correcting, { day: dutch(editing.date) }) : "";
  }
  for (const button of document.querySelectorAll(".move")) {
    button.onclick = () => {
      add(button.dataset.from, -1);
      add(button.dataset.to, 1);
      steps();
    };
  }

  function view(isChecking) {
    at("counting").hidden = isChecking;
    at("checking").hidden = !isChecking;
    at("kept").hidden = isChecking;
    if (isChecking) {
      steps();
      at("look").focus();
    }
  }

  function edit(sheet) {
    editing = { ...sheet, sheet };
    view(true);
  }

  at("counting").onsubmit = (event) => {
    event.preventDefault();
    if (!isDay(state.date)) {
      say(words.need_day);
      at("date").focus();
    } else if (state.date > today() || state.date < data.firstDay) {
      say(state.date > today() ? words.future : words.long_ago);
      at("date").focus();
    } else {
      view(true);
    }
  };
  at("back").onclick = () => {
    editing = null;
    view(false);
    show();
    at("done").focus();
  };
  at("save").onclick = () => {
    if (editing) {
      const { sheet } = editing;
      if (CELLS.some((cell) => sheet[cell] !== editing[cell])) {
        for (const cell of CELLS) sheet[cell] = editing[cell];
        if (sheet.out) Object.assign(sheet, { version: sheet.version + 1, out: false });
      }
      editing = null;
    } else {
      const sameDay = state.sheets.filter((s) => s.date === state.date && s.team === state.team);
      state.sheets.unshift({
        team: state.team, date: state.date, kind: state.kind, block: state.block, weight: weight(state),
        number: 1 + Math.max(0, ...sameDay.map((s) => s.number)), mark: random(), version: 1, out: false, gone: false,
        ...Object.fromEntries(CELLS.map((cell) => [cell, state.count[cell]])),
      });
      state.count = blank().count;
    }
    keep();
    view(false);
    show();
    say(words.saved);
    at("hand-sheets").focus();
  };
  for (const [id, asFile] of [["hand-sheets", false], ["file-sheets", true]]) {
    at(id).onclick = () => hand(state.sheets, "telblad", data.sheetHeader, sheetLine, asFile);
  }

  // --- agreements ---------------------------------------------------------------------------------------------

  at("agreeing").onsubmit = (event) => {
    event.preventDefault();
    const [from, look] = [at("from").value, at("look-back").value];
    const wrong = !isDay(from) || !isDay(look) ? words.need_day : look <= from ? words.look_after : "";
    at("refusal").hidden = !wrong;
    at("refusal").textContent = wrong;
    if (wrong) {
      at(isDay(from) ? "look-back" : "from").focus();
      return;
    }
    const made = changing ?? {
      id: `${state.team.slice(0, 4)}-${from.replaceAll("-", "")}-${random().slice(0, 6)}`,
      team: state.team, state: "running", version: 1, out: false, isOurs: true,
    };
    const values = {
      aim: at("aim").value, way: document.querySelector("[name=way]:checked").value, from, look, help: at("help").checked,
    };
    settle();
    renew(made, values);
    at("hand-agreements").focus();
  };

  /** An empty form, for a new agreement. */
  function settle() {
    changing = null;
    const end = new Date();
    end.setMonth(end.getMonth() + 3);
    at("agreeing").reset();
    at("from").value = today();
    at("look-back").value = dayOf(end);
    at("refusal").hidden = true;
  }
  at("cancel-agreement").onclick = () => {
    settle();
    show();
    say("");
    at("agreeing-title").focus();
  };

  /** Put an agreement in the form, to be kept anew under its own number. */
  function change(a) {
    changing = a;
    Object.assign(at("aim"), { value: a.aim });
    document.querySelector(`[name=way][value="${a.way}"]`).checked = true;
    Object.assign(at("from"), { value: a.from });
    Object.assign(at("look-back"), { value: a.look });
    at("help").checked = a.help;
    show();
    say(fill(words.correcting_agreement, { day: dutch(a.from) }));
    at("agreeing-title").scrollIntoView();
    at("agreeing-title").focus();
  }
  for (const [id, asFile] of [["hand-agreements", false], ["file-agreements", true]]) {
    at(id).onclick = () => hand(state.agreements, "afspraak", data.agreementHeader, agreementLine, asFile);
    at(id.replace("agreements", "sheets")).hidden = at(id).hidden = asFile && !isServed;
  }

  // --- the rest -----------------------------------------------------------------------------------------------

  function open(which) {
    say("");
    if (changing) settle();
    for (const part of ["count", "agree"]) {
      const isOpen = part === which;
      at(`tab-${part}`).setAttribute("aria-selected", String(isOpen));
      at(`tab-${part}`).tabIndex = isOpen ? 0 : -1;
      at(`panel-${part}`).hidden = !isOpen;
    }
  }
  for (const [part, other] of [["count", "agree"], ["agree", "count"]]) {
    at(`tab-${part}`).onclick = () => {
      open(part);
      show();
    };
    at(`tab-${part}`).onkeydown = (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        open(other);
        at(`tab-${other}`).focus();
      }
    };
  }
  at("print").onclick = () => window.print();
  at("wipe").onclick = () => {
    if (asked !== "wipe") {
      asked = "wipe";
      show();
      return;
    }
    asked = null;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    } catch {
      stores = false;
    }
    memory = null;
    settle();
    state = read();
    show();
    say(words.wiped);
  };
  // Another tab of the same page wrote: its word is the newest.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY && !editing && !changing) {
      state = read();
      show();
    }
  });

  // A page that stayed open is of a new day, and a question that nobody answered is asked no more.
  document.addEventListener("visibilitychange", () => {
    anew(state);
    show();
  });
  document.addEventListener("click", (event) => {
    if (!asked || event.target.closest?.(".asks")) return;
    asked = null;
    show();
  }, true);

  settle();
  at("app").hidden = false;
  at("no-script").hidden = true;
  document.body.classList.remove("still");
  open(/^#(afspraak|agreement)$/.test(location.hash) ? "agree" : "count");
  keep();
  show();
})();
