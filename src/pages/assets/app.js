// Makes our pages smoother. Everything works without it, and it is written so that a browser of 2013 can run it.
(function () {
  'use strict';
  if (!document.querySelector || !window.addEventListener || !window.JSON) { return; }

  function find(id) { return document.getElementById(id); }

  // A form in a frame of the application can be taken to the full window.
  var framed = find('framed');
  if (framed && window.top !== window.self) { framed.hidden = false; framed.removeAttribute('hidden'); }

  // An error that is about no field takes the focus, so that it is read out first.
  var alert = find('alert');
  if (alert && alert.getAttribute('role') === 'alert' && !document.querySelector('[aria-describedby="alert"]')) {
    alert.focus();
  }

  // A second click sends nothing again. After a while without an answer the button works once more.
  function sendOnce(form) {
    var button = form.querySelector('button');
    function release() { form.sent = false; button.removeAttribute('aria-busy'); }
    form.addEventListener('submit', function (event) {
      if (form.sent || button.getAttribute('aria-disabled') === 'true') { event.preventDefault(); return; }
      form.sent = true;
      button.setAttribute('aria-busy', 'true');
      window.setTimeout(release, 15000);
    });
    window.addEventListener('pageshow', release);
  }
  var forms = document.querySelectorAll('form[data-once]');
  for (var i = 0; i < forms.length; i += 1) { sendOnce(forms[i]); }

  var challenge = find('challenge');
  if (!challenge) { return; }

  var words = JSON.parse(challenge.getAttribute('data-words'));
  var state = challenge.getAttribute('data-state');
  var loaded = Date.now();
  var sentAt = loaded - 1000 * challenge.getAttribute('data-sent-before');
  var expiresAt = loaded + 1000 * challenge.getAttribute('data-expires-in');
  var resendAt = loaded + 1000 * challenge.getAttribute('data-resend-in');
  var rules = window.Intl && Intl.PluralRules && new Intl.PluralRules(document.documentElement.lang);
  var resend = find('resend');
  var ways = document.querySelectorAll('#resend, button.way');
  var note = find('resend-note');

  function typing() { var box = find('code'); return box && box.value; }

  function fill(text, value) { return text.replace('{}', value); }

  // The same words and the same rounding as the page was made with.
  function tell(seconds, round) {
    var unit = seconds <= 90 ? 'second' : seconds <= 5400 ? 'minute' : 'hour';
    var count = round(seconds / { second: 1, minute: 60, hour: 3600 }[unit]);
    // Without plural rules most languages are still right about one and two.
    var category = rules ? rules.select(count) : ['zero', 'one', 'two'][count];
    return fill(words[unit][category] || words[unit].other, count);
  }

  // Writes only what has changed, so that nothing flickers and nothing is read out twice.
  function write(element, text) {
    if (element && element.textContent !== text) { element.textContent = text; }
  }

  function secondsUntil(moment) { return Math.max(0, Math.ceil((moment - Date.now()) / 1000)); }

  function tick() {
    var ago = Math.floor((Date.now() - sentAt) / 1000);
    write(find('ago'), state !== 'sent' ? '' : ago < 10 ? words.now : fill(words.ago, tell(ago, Math.floor)));
    var left = secondsUntil(expiresAt);
    write(find('left'), fill(words.left, tell(left, Math.floor)));
    if (left === 0) { return again(); }
    if (resend) {
      var wait = secondsUntil(resendAt);
      for (var way = 0; way < ways.length; way += 1) {
        if (wait > 0) { ways[way].setAttribute('aria-disabled', 'true'); } else { ways[way].removeAttribute('aria-disabled'); }
      }
      var failed = state === 'failed';
      note.className = failed ? 'note bad' : 'note';
      write(note, failed ? words.failedNext : wait > 0 ? fill(words.resendIn, tell(wait, Math.ceil)) : words.resendNow);
    }
    window.setTimeout(tick, 1000);
  }

  // Loads the page afresh, without what an earlier answer left in its address.
  function again() { window.location.replace(window.location.pathname); }

  function learn(news) {
    if (news.state === 'verified' || news.state === 'expired') { return again(); }
    // Nothing was sent here; another tab may have had it sent meanwhile.
    if (state === 'quiet') {
      if (news.to && !typing()) { again(); }
      return;
    }
    // The next way was tried by itself; what somebody has typed so far stays.
    if (news.channel !== challenge.getAttribute('data-channel') && !typing()) { return again(); }
    resendAt = Date.now() + 1000 * news.resend_in;
    expiresAt = Date.now() + 1000 * news.expires_in;
    if (news.state === state) { return; }
    if (state === 'queued') { sentAt = Date.now(); }
    state = news.state;
    find('state').className = state === 'failed' ? 'bad' : '';
    write(find('state'), words[state]);
  }

  function ask(then) {
    var request = new XMLHttpRequest();
    request.open('GET', challenge.getAttribute('data-poll'));
    request.setRequestHeader('Accept', 'application/json');
    request.onload = function () {
      if (request.status === 200) { learn(JSON.parse(request.responseText)); }
      if (then && request.status !== 404) { then(); }
    };
    request.onerror = then || null;
    request.send();
  }

  // While the message is on its way: after one second, then more and more rarely.
  var pause = 1000;
  function poll() {
    if (state !== 'queued') { return; }
    ask(function () { pause = Math.min(pause * 1.5, 10000); window.setTimeout(poll, pause); });
  }

  tick();
  window.setTimeout(poll, pause);
  // A moment after the next way should have been tried by itself.
  var nextIn = challenge.getAttribute('data-next-in');
  if (nextIn) { window.setTimeout(function () { ask(null); }, 1000 * nextIn + 2000); }
  // Another tab may have used the code in the meantime.
  document.addEventListener('visibilitychange', function () { if (!document.hidden) { ask(null); } });

  // The phone that got the message offers to type the code (WebOTP).
  var input = find('code');
  if (input && window.OTPCredential && window.AbortController && navigator.credentials) {
    var over = new AbortController();
    input.form.addEventListener('submit', function () { over.abort(); });
    // A browser asks one thing at a time.
    document.addEventListener('passkey', function () { over.abort(); });
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: over.signal }).then(function (otp) {
      if (!otp || !otp.code) { return; }
      input.value = otp.code;
      input.form.querySelector('button').click();
    }, function () { /* The person types it. */ });
  }
}());
