// Asks an authenticator for a passkey, or to make one, and brings its answer to the gate.
(function () {
  'use strict';
  function find(id) { return document.getElementById(id); }

  var box = find('passkey');
  if (!box) { return; }
  var words = JSON.parse(box.getAttribute('data-words'));
  var creates = box.getAttribute('data-kind') === 'create';
  var button = find('passkey-button');
  var form = find('passkey-form');
  var note = find('passkey-note');

  function say(text, bad) {
    note.className = bad ? 'note bad' : 'note';
    note.textContent = text;
  }

  if (!window.PublicKeyCredential || !navigator.credentials || !window.fetch || !window.Uint8Array) {
    say(words.unsupported, true);
    return;
  }
  (form || button).removeAttribute('hidden');

  // base64url and bytes, which JSON has no form for.
  function bytes(text) {
    var clear = window.atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    var all = new Uint8Array(clear.length);
    for (var i = 0; i < clear.length; i += 1) { all[i] = clear.charCodeAt(i); }
    return all;
  }
  function text(buffer) {
    var all = new Uint8Array(buffer);
    var clear = '';
    for (var i = 0; i < all.length; i += 1) { clear += String.fromCharCode(all[i]); }
    return window.btoa(clear).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=+$/, '');
  }

  function question(options) {
    var key = options.publicKey;
    var named = key.allowCredentials || key.excludeCredentials || [];
    key.challenge = bytes(key.challenge);
    if (key.user) { key.user.id = bytes(key.user.id); }
    named.forEach(function (one) { one.id = bytes(one.id); });
    return { publicKey: key };
  }

  function answer(made) {
    var from = made.response;
    var response = { clientDataJSON: text(from.clientDataJSON) };
    if (creates) {
      response.attestationObject = text(from.attestationObject);
      if (from.getTransports) { response.transports = from.getTransports(); }
    } else {
      response.authenticatorData = text(from.authenticatorData);
      response.signature = text(from.signature);
      response.userHandle = from.userHandle ? text(from.userHandle) : null;
    }
    return { id: made.id, rawId: text(made.rawId), type: made.type, response: response };
  }

  // What the gate says no with is an object with words for people.
  function post(address, body) {
    return window.fetch(address, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body)
    }).then(function (got) {
      return got.json().then(function (value) {
        if (got.ok) { return value; }
        value.told = true;
        throw value;
      });
    });
  }

  function refused(no) {
    button.removeAttribute('aria-busy');
    if (no && no.told) {
      // The page itself knows best what a challenge that is over means.
      if (no.status === 410 || no.status === 404) { window.location.replace(window.location.pathname); return; }
      say(no.title + '. ' + no.detail, true);
    } else if (no && (no.name === 'NotAllowedError' || no.name === 'AbortError')) {
      say(words.cancelled, false);
    } else if (no && (no.name === 'SecurityError' || no.name === 'NotSupportedError')) {
      say(words.unsupported, true);
    } else if (no && no.name === 'InvalidStateError') {
      say(words.there, true);
    } else {
      say(words.failed, true);
    }
    button.focus();
  }

  function begin(event) {
    if (event) { event.preventDefault(); }
    if (button.getAttribute('aria-busy') === 'true') { return; }
    button.setAttribute('aria-busy', 'true');
    say('', false);
    // Another question of this page must end first: a browser asks one at a time.
    var over;
    if (window.Event) { over = new window.Event('passkey'); document.dispatchEvent(over); }
    post(box.getAttribute('data-ask'), {}).then(function (options) {
      var asked = question(options);
      return creates ? navigator.credentials.create(asked) : navigator.credentials.get(asked);
    }).then(function (made) {
      var body = answer(made);
      return post(box.getAttribute('data-answer'),
        creates ? { label: find('passkey-label').value, key: body } : body);
    }).then(function () {
      window.location.assign(box.getAttribute('data-go'));
    }).then(null, refused);
  }

  if (form) { form.addEventListener('submit', begin); } else { button.addEventListener('click', begin); }
}());
