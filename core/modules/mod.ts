/**
 * Kernel modules, by way of the kernel's own loader.
 *
 * @module
 */

export { isLoadable, type LoaderOptions, loadModule } from "./loader.ts";
