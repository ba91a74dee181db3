import { fileURLToPath } from 'node:url';

// the folder is an app of its own, whatever lies around it
export default { turbopack: { root: fileURLToPath(new URL('.', import.meta.url)) } };
