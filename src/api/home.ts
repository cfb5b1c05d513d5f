// GET /: says what this is and where everything else is, to people with a browser and to people with curl.

export function formatHome(version: string, asHtml: boolean): string {
  const links = [
    ["/ui/", "what is in it, and how often it is pulled: in a browser"],
    ["/api/v1/repositories", "the same as JSON"],
    ["/docs", "the API, described for people"],
    ["/api/v1/openapi.json", "the same for programs"],
    ["/metrics", "numbers for Prometheus"],
    ["/readyz", "whether it is ready"],
    ["/v2/", "where docker, podman, skopeo, helm and oras push and pull"],
  ] as const;
  if (!asHtml) {
    const rows = links.map(([path, text]) => `  ${path.padEnd(22)} ${text}`);
    return `Hythe ${version}, a container registry that knows what is used\n\n${rows.join("\n")}\n`;
  }
  const rows = links.map(([path, text]) => `<li><a href="${path}">${path}</a> ${text}</li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Hythe</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:10vh auto;padding:0 1rem}a{font-family:ui-monospace,monospace}</style>
<h1>Hythe</h1>
<p>A container registry that knows what is used. Version ${version}.</p>
<ul>
${rows.join("\n")}
</ul>
</html>
`;
}
