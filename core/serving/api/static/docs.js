// Addresses are relative, so that the page works under any prefix: alone, at /api, behind a proxy.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function followSystemTheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followSystemTheme();
dark.addEventListener("change", followSystemTheme);

// A key is kept for this tab only, and sent with every request that is tried.
const stored = "slipway-api-key";
const withKey = () => {
  const key = sessionStorage.getItem(stored);
  return key ? { "X-API-Key": key } : {};
};

function showDocs() {
  SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    requestInterceptor: (request) => {
      Object.assign(request.headers, withKey());
      return request;
    },
  });
}

async function load() {
  const answer = await fetch("openapi.json", { headers: withKey() });
  document.getElementById("key").hidden = answer.ok;
  if (answer.ok) {
    showDocs();
  } else {
    document.getElementById("refusal").textContent = (await answer.json()).error.message;
  }
}

document.getElementById("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(stored, document.getElementById("secret").value.trim());
  load();
});

load();
