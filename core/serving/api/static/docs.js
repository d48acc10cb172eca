// Addresses are relative, so that the page works under any prefix: alone, at /api, behind a proxy.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function followSystemTheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followSystemTheme();
dark.addEventListener("change", followSystemTheme);

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
