// WWW-Authenticate (RFC 9110, 11.6.1), as lenient as registries need it: several headers, several challenges in one header, unknown schemes.
// Surprise: a comma separates challenges as well as the parameters of one; a name followed by `=` is a parameter, any other a scheme.

export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case; of a name given twice the first value. */
  readonly parameters: ReadonlyMap<string, string>;
}

const namePattern = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const token68Pattern = /[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const plainPattern = /[^\s,"]*/y;
const quotedPattern = /"((?:[^"\\]|\\.)*)"/sy;
const gapPattern = /[\s,]*/y;
const equalsPattern = /[ \t]*=[ \t]*/y;

/** The challenges of all headers, in order. What cannot be understood is left out; never throws, linear in the length. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };

  for (take(gapPattern); at < header.length; take(gapPattern)) {
    const name = take(namePattern)?.[0].toLowerCase();
    if (name === undefined) {
      // Behind a quote that never ends nothing can be told apart.
      if (header[at] !== '"') at++;
      else if (take(quotedPattern) === undefined) break;
    } else if (take(equalsPattern) === undefined) {
      challenges.push({ scheme: name, parameters: new Map() });
      take(token68Pattern);
    } else {
      const quoted = header[at] === '"';
      const value = quoted ? take(quotedPattern)?.[1]?.replaceAll(/\\(.)/gs, "$1") : take(plainPattern)?.[0];
      if (value === undefined) break; // half a realm is none
      const parameters = challenges.at(-1)?.parameters;
      if (parameters?.has(name) === false) parameters.set(name, value);
    }
  }
  return challenges;
}
