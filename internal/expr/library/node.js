// What Code nodes know from Node.js: Buffer, URL and the like. codec and net are
// the parts that are done outside JavaScript.
(function (codec) {
  "use strict";

  class Buffer extends Uint8Array {
    static from(value, encoding, length) {
      if (typeof value === "string") return new Buffer(codec.decode(value, encoding === undefined ? "utf8" : String(encoding)));
      if (value instanceof ArrayBuffer) return new Buffer(value, encoding, length);
      if (value && value.type === "Buffer" && Array.isArray(value.data)) value = value.data;
      if (value === null || typeof value !== "object") {
        throw new TypeError("The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received " + (value === null ? "null" : typeof value));
      }
      const out = new Buffer(value.length >>> 0);
      for (let i = 0; i < out.length; i++) out[i] = value[i];
      return out;
    }
    static alloc(size, fill, encoding) {
      const out = new Buffer(size);
      return fill === undefined ? out : out.fill(fill, 0, size, encoding);
    }
    static allocUnsafe(size) { return new Buffer(size); }
    static isBuffer(v) { return v instanceof Buffer; }
    static isEncoding(name) { return ["utf8", "utf-8", "hex", "base64", "base64url", "ascii", "latin1", "binary", "ucs2", "ucs-2", "utf16le", "utf-16le"].includes(String(name).toLowerCase()); }
    static byteLength(v, encoding) { return typeof v === "string" ? Buffer.from(v, encoding).length : v.byteLength; }
    static compare(a, b) { return a.compare(b); }
    static concat(list, total) {
      if (total === undefined) total = list.reduce((n, b) => n + b.length, 0);
      const out = new Buffer(total);
      let at = 0;
      for (const b of list) {
        if (at + b.length > total) { out.set(b.subarray(0, total - at), at); break; }
        out.set(b, at);
        at += b.length;
      }
      return out;
    }
    toString(encoding, start = 0, end = this.length) {
      const part = start === 0 && end >= this.length ? this : this.subarray(start, end);
      return codec.encode(part.buffer, part.byteOffset, part.length, encoding === undefined ? "utf8" : String(encoding));
    }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    equals(other) { return this.compare(other) === 0; }
    compare(other) {
      const n = Math.min(this.length, other.length);
      for (let i = 0; i < n; i++) if (this[i] !== other[i]) return this[i] < other[i] ? -1 : 1;
      return this.length === other.length ? 0 : this.length < other.length ? -1 : 1;
    }
    slice(start, end) { return this.subarray(start, end); }
    write(text, offset = 0) {
      const from = Buffer.from(text).subarray(0, this.length - offset);
      this.set(from, offset);
      return from.length;
    }
    copy(target, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    fill(value, start = 0, end = this.length, encoding) {
      if (typeof value !== "string") return super.fill(value, start, end);
      const from = Buffer.from(value, encoding);
      for (let i = start; i < end; i++) this[i] = from.length ? from[(i - start) % from.length] : 0;
      return this;
    }
    indexOf(value, from = 0, encoding) {
      if (typeof value === "number") return super.indexOf(value, from);
      const find = typeof value === "string" ? Buffer.from(value, encoding) : value;
      for (let i = from; i + find.length <= this.length; i++) {
        let k = 0;
        while (k < find.length && this[i + k] === find[k]) k++;
        if (k === find.length) return i;
      }
      return -1;
    }
    includes(value, from, encoding) { return this.indexOf(value, from, encoding) >= 0; }
    readUInt8(at = 0) { return this[at]; }
    readUInt16BE(at = 0) { return (this[at] << 8) | this[at + 1]; }
    readUInt16LE(at = 0) { return (this[at + 1] << 8) | this[at]; }
    readUInt32BE(at = 0) { return ((this[at] << 24) | (this[at + 1] << 16) | (this[at + 2] << 8) | this[at + 3]) >>> 0; }
    readUInt32LE(at = 0) { return ((this[at + 3] << 24) | (this[at + 2] << 16) | (this[at + 1] << 8) | this[at]) >>> 0; }
    readInt32BE(at = 0) { return this.readUInt32BE(at) | 0; }
    readInt32LE(at = 0) { return this.readUInt32LE(at) | 0; }
    writeUInt8(v, at = 0) { this[at] = v; return at + 1; }
    writeUInt16BE(v, at = 0) { this[at] = v >>> 8; this[at + 1] = v; return at + 2; }
    writeUInt32BE(v, at = 0) { this[at] = v >>> 24; this[at + 1] = v >>> 16; this[at + 2] = v >>> 8; this[at + 3] = v; return at + 4; }
  }
  // new Buffer("text") is old, and still common.
  const BufferFunction = new Proxy(Buffer, {
    construct(target, args, newTarget) {
      return typeof args[0] === "string" || Array.isArray(args[0]) || args[0] instanceof Uint8Array
        ? Buffer.from(args[0], args[1]) : Reflect.construct(target, args, newTarget === BufferFunction ? target : newTarget);
    },
    apply(target, self, args) { return typeof args[0] === "number" ? Buffer.alloc(args[0]) : Buffer.from(args[0], args[1]); },
  });
  Buffer.prototype.constructor = BufferFunction;

  class URLSearchParams {
    #list = [];
    #changed;
    constructor(init, changed) {
      this.#changed = changed;
      if (init === undefined || init === null) return;
      if (typeof init === "string") {
        for (const part of init.replace(/^\?/, "").split("&")) {
          if (part === "") continue;
          const at = part.indexOf("=");
          const decode = (s) => codec.formDecode(s);
          this.#list.push(at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
        }
      } else if (typeof init[Symbol.iterator] === "function") {
        for (const [k, v] of init) this.#list.push([String(k), String(v)]);
      } else {
        for (const k of Object.keys(init)) this.#list.push([k, String(init[k])]);
      }
    }
    #update() { if (typeof this.#changed === "function") this.#changed(this.toString()); }
    append(k, v) { this.#list.push([String(k), String(v)]); this.#update(); }
    delete(k) { this.#list = this.#list.filter(([name]) => name !== String(k)); this.#update(); }
    get(k) { const f = this.#list.find(([name]) => name === String(k)); return f ? f[1] : null; }
    getAll(k) { return this.#list.filter(([name]) => name === String(k)).map(([, v]) => v); }
    has(k) { return this.#list.some(([name]) => name === String(k)); }
    set(k, v) {
      const i = this.#list.findIndex(([name]) => name === String(k));
      if (i < 0) this.#list.push([String(k), String(v)]);
      else { this.#list[i][1] = String(v); this.#list = this.#list.filter(([name], j) => j <= i || name !== String(k)); }
      this.#update();
    }
    sort() { this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#update(); }
    forEach(f, self) { for (const [k, v] of this.#list) f.call(self, v, k, this); }
    entries() { return this.#list.map((p) => [...p])[Symbol.iterator](); }
    keys() { return this.#list.map(([k]) => k)[Symbol.iterator](); }
    values() { return this.#list.map(([, v]) => v)[Symbol.iterator](); }
    [Symbol.iterator]() { return this.entries(); }
    get size() { return this.#list.length; }
    toString() { return this.#list.map(([k, v]) => codec.formEncode(k) + "=" + codec.formEncode(v)).join("&"); }
  }

  class URL {
    #parts;
    #params;
    constructor(address, base) {
      const parts = codec.parseURL(String(address), base === undefined ? "" : String(base));
      if (!parts) throw new TypeError("Invalid URL");
      this.#parts = parts;
      this.#params = new URLSearchParams(parts.search, (s) => { this.#parts.search = s === "" ? "" : "?" + s; });
    }
    static canParse(address, base) { try { new URL(address, base); return true; } catch (e) { return false; } }
    get protocol() { return this.#parts.protocol; }
    set protocol(v) { this.#parts.protocol = String(v).replace(/:?$/, ":"); }
    get username() { return this.#parts.username; }
    get password() { return this.#parts.password; }
    get hostname() { return this.#parts.hostname; }
    set hostname(v) { this.#parts.hostname = String(v); }
    get port() { return this.#parts.port; }
    set port(v) { this.#parts.port = String(v); }
    get host() { return this.hostname + (this.port ? ":" + this.port : ""); }
    get origin() { return this.#parts.slashes ? this.protocol + "//" + this.host : "null"; }
    get pathname() { return this.#parts.pathname; }
    set pathname(v) { this.#parts.pathname = String(v).replace(/^\/?/, "/"); }
    get search() { return this.#parts.search; }
    set search(v) { v = String(v); this.#parts.search = v === "" ? "" : v.replace(/^\??/, "?"); this.#params = new URLSearchParams(v, (s) => { this.#parts.search = s === "" ? "" : "?" + s; }); }
    get searchParams() { return this.#params; }
    get hash() { return this.#parts.hash; }
    set hash(v) { v = String(v); this.#parts.hash = v === "" ? "" : v.replace(/^#?/, "#"); }
    get href() {
      const p = this.#parts;
      const user = p.username ? p.username + (p.password ? ":" + p.password : "") + "@" : "";
      return p.protocol + (p.slashes ? "//" + user + this.host : "") + p.pathname + p.search + p.hash;
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return new Uint8Array(codec.decode(String(text), "utf8")); }
  }
  class TextDecoder {
    #encoding;
    constructor(encoding = "utf-8") { this.#encoding = encoding; }
    get encoding() { return this.#encoding; }
    decode(bytes) {
      if (bytes === undefined) return "";
      const b = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
      return codec.encode(b.buffer, b.byteOffset, b.byteLength, this.#encoding);
    }
  }

  const atob = (text) => codec.encodeBytes(codec.decode(String(text).replace(/[\t\n\f\r ]/g, ""), "base64strict"), "latin1");
  const btoa = (text) => {
    if (/[^\x00-\xff]/.test(String(text))) throw new Error("Invalid character");
    return codec.encodeBytes(codec.decode(String(text), "latin1"), "base64");
  };

  // The part of node:crypto that needs no keys from outside.
  class Hash {
    #algorithm; #key; #data = []; #done = false;
    constructor(algorithm, key) {
      this.#algorithm = String(algorithm).toLowerCase();
      this.#key = key === undefined ? undefined : Buffer.from(key);
      if (!codec.knowsHash(this.#algorithm)) throw new Error("Digest method not supported");
    }
    update(data, encoding) {
      if (this.#done) throw new Error("Digest already called");
      if (typeof data !== "string" && !ArrayBuffer.isView(data)) throw new TypeError('The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ' + (data === undefined ? "undefined" : data === null ? "null" : typeof data === "object" ? "an instance of " + data.constructor.name : "type " + typeof data + " (" + String(data) + ")"));
      this.#data.push(Buffer.from(data, encoding));
      return this;
    }
    digest(encoding) {
      if (this.#done) throw new Error("Digest already called");
      this.#done = true;
      const all = Buffer.concat(this.#data);
      const out = Buffer.from(codec.digest(this.#algorithm, all.buffer.slice(all.byteOffset, all.byteOffset + all.length), this.#key && this.#key.buffer.slice(this.#key.byteOffset, this.#key.byteOffset + this.#key.length)));
      return encoding === undefined || encoding === "buffer" ? out : out.toString(encoding);
    }
  }
  const crypto = {
    createHash: (algorithm) => new Hash(algorithm),
    createHmac: (algorithm, key) => new Hash(algorithm, key),
    randomBytes: (n) => Buffer.from(codec.random(n)),
    randomUUID: () => codec.uuid(),
    randomInt(from, to) {
      if (to === undefined) [from, to] = [0, from];
      const bytes = new Uint8Array(codec.random(7));
      let n = 0;
      for (const b of bytes) n = (n * 256 + b) % (to - from); // of 2^56 numbers, so that all are as likely
      return from + n;
    },
    getRandomValues(view) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      bytes.set(new Uint8Array(codec.random(bytes.length)));
      return view;
    },
    timingSafeEqual(a, b) {
      for (const x of [a, b]) if (!(x instanceof ArrayBuffer) && !ArrayBuffer.isView(x)) throw new TypeError('The "buf" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.');
      if (a.byteLength !== b.byteLength) throw new RangeError("Input buffers must have the same byte length");
      return Buffer.from(a).equals(Buffer.from(b));
    },
    getHashes: () => ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
  };

  return { Buffer: BufferFunction, URL, URLSearchParams, TextEncoder, TextDecoder, atob, btoa, crypto };
});
