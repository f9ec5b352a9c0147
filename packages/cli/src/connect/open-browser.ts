import { spawn } from 'node:child_process';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Opens an address in the person's browser: `BROWSER`, else the system's way.
 *
 * @returns Whether something was started that may open it; whether a page appears, only the person sees.
 */
export async function openBrowser(url: string, env: Env): Promise<boolean> {
  const command = findCommand(env);
  if (command === undefined) return false;
  const [program, ...args] = command;
  return new Promise((resolve) => {
    // No shell: the address is an argument, whatever is in it.
    const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore', env });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function findCommand(env: Env): readonly [string, ...string[]] | undefined {
  const chosen = env['BROWSER'];
  if (chosen) return [chosen];
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  // Without a desktop there is no browser to open.
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}
