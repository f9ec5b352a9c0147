// TikTok's answer arrives from another site, without our strict cookie. Posted from this page it comes with it.
history.replaceState(null, '', location.pathname);
document.querySelector('form').requestSubmit();
