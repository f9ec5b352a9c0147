import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import Fastify from 'fastify';
import { registerActs } from './control/acts.ts';
import type { ControlOptions } from './control/control.ts';
import { registerControl } from './control/control.ts';
import { registerPosts } from './control/posts.ts';
import { registerWebhooks } from './control/webhooks.ts';
import { registerDisplay } from './display/register-display.ts';
import type { Emulator } from './emulator.ts';
import { answerUndecodable, BODY_LIMIT_BYTES, registerGateway } from './gateway/gateway.ts';
import { registerInspector } from './inspector/register-inspector.ts';
import { registerAuthorize } from './oauth/authorize.ts';
import { registerQrLogin } from './oauth/qr-login.ts';
import { registerQrPage } from './oauth/qr-page.ts';
import { registerRevoke } from './oauth/revoke.ts';
import { registerToken } from './oauth/token.ts';
import { registerPosting } from './posting/register-posting.ts';

/** Key and certificate of a server that speaks TLS, in PEM. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
}

/** What the HTTP side of an emulator needs beyond it. */
export interface AppOptions extends ControlOptions {
  /** Speaks TLS with these; default: plain HTTP. */
  readonly tls: TlsCredentials | undefined;
}

/** Builds the HTTP side of an emulator. Each part adds its routes here, and its state to `emulator`. */
export function createApp(emulator: Emulator, options: AppOptions): FastifyInstance {
  const app = createServer(emulator, options.tls);
  registerGateway(app, emulator);
  registerControl(app, emulator, options);
  registerAuthorize(app, emulator);
  registerToken(app, emulator);
  registerRevoke(app, emulator);
  registerQrLogin(app, emulator);
  registerQrPage(app, emulator);
  const posting = registerPosting(app, emulator);
  registerPosts(app, posting);
  registerActs(app, posting);
  registerWebhooks(app, posting);
  registerDisplay(app, emulator);
  registerInspector(app, emulator);
  return app;
}

function createServer(emulator: Emulator, tls: TlsCredentials | undefined): FastifyInstance {
  const options = {
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    // An upload may take an hour.
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => {
      answerUndecodable(emulator, request, reply);
    },
  } satisfies FastifyServerOptions;
  if (tls === undefined) return Fastify(options);
  // Fastify types an instance by its server; no route of ours looks at that type.
  return Fastify({ ...options, https: { ...tls } }) as unknown as FastifyInstance;
}
