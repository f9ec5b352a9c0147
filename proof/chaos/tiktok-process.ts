import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EmulatorControl } from '@greenroom/emulator';

const program = fileURLToPath(new URL('../../packages/emulator/src/main.ts', import.meta.url));

/** TikTok in a process of its own. */
export interface TikTokProcess extends AsyncDisposable {
  readonly url: string;
  readonly control: EmulatorControl;
}

/** Starts the emulator on a free port. */
export async function startTikTok(): Promise<TikTokProcess> {
  const flags = ['--conditions=@greenroom/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, program, '--port', '0', '--json'], {
    // By the channel it hears that this process is gone, and ends, too.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      // One line of JSON, of which only the address is used.
      if (said.includes('\n')) resolve((JSON.parse(said) as { readonly url: string }).url);
    });
    void ended.then(() => reject(new Error(`The emulator did not start: ${said}`)));
  });
  return {
    url,
    control: new EmulatorControl(url),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
