const link = location.href;
if (/\/i#[\w-]{22}\.[\w-]{43}$/.test(link)) {
  for (const place of document.querySelectorAll("[data-link]")) place.textContent = link;
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  });
}
