/** Svelte's options for Vite, svelte-check and the linter alike: runes everywhere. */

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default { compilerOptions: { runes: true } };
