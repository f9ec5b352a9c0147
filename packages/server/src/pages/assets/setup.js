// The invitation's token stands behind # in the link, so that no server's log has it. It goes into the form, and
// out of the address bar.
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
for (const input of document.querySelectorAll('input[name="token"]')) {
  // After a refusal the page comes back with the token in its forms, and without one in its address.
  if (token !== '') input.value = token;
  if (input.value !== '') continue;
  document.getElementById('incomplete').hidden = false;
  document.getElementById('forms').hidden = true;
}
