import { z } from 'zod';
import { Secret } from '../accounts/secret.ts';
import { holdsMasterKeys } from '../accounts/vault/master-key-source.ts';
import { PASSWORD_COST } from '../workspaces/password-hash.ts';
import {
  comparedToken,
  databaseUrl,
  headers,
  httpUrl,
  networks,
  oneOf,
  origin,
  wholeNumber,
  yesOrNo,
} from './formats.ts';
import { setting } from './setting.ts';

const secret = () => z.string().transform((text) => Secret.of(text));
const masterKey = () =>
  z
    .string()
    .refine(
      holdsMasterKeys,
      'takes 32 random bytes, as base64 or as 64 hexadecimal digits. Make them with: openssl rand -base64 32',
    )
    .transform((text) => Secret.of(text));

/** Everything that can be set, by its name in code. The names in the environment are the settings' keys. */
export const ConfigSchema = z.object({
  host: setting(
    {
      key: 'GREENROOM_HOST',
      chapter: 'Address',
      description: 'Address to listen on. `0.0.0.0` listens on all, as a container needs it.',
      example: '0.0.0.0',
      without: '`127.0.0.1`',
    },
    z.string().default('127.0.0.1'),
  ),
  port: setting(
    {
      key: 'GREENROOM_PORT',
      chapter: 'Address',
      description: 'TCP port to listen on; `0` takes a free one.',
      example: '8787',
      without: '`8787`',
    },
    wholeNumber(0, 65_535).default(8787),
  ),
  publicUrl: setting(
    {
      key: 'GREENROOM_PUBLIC_URL',
      chapter: 'Address',
      description:
        'Base URL by which browsers and TikTok reach this server, without a path. TikTok redirects to `/connect/callback` below it. With https, cookies are `Secure` and HSTS is sent.',
      example: 'https://greenroom.example.com',
      without: '`http://127.0.0.1:8787`, with the port that is listened on',
    },
    origin().optional(),
  ),
  trustedProxies: setting(
    {
      key: 'GREENROOM_TRUSTED_PROXIES',
      chapter: 'Address',
      description:
        "Addresses or networks of the reverse proxies in front of this server, separated by commas. Only their `X-Forwarded-For` and `X-Forwarded-Proto` are believed; without them all visitors share the proxy's limits.",
      example: '127.0.0.1, 10.0.0.0/8',
      without: 'no proxy is believed',
    },
    networks().default([]),
  ),
  role: setting(
    {
      key: 'GREENROOM_ROLE',
      chapter: 'Address',
      description:
        'What this process does: `web` answers people and programs, `worker` runs the sweeps (and answers `/healthz`, `/readyz`, `/metrics`), `all` does both. Any number of processes may share one database.',
      example: 'worker',
      without: '`all`',
    },
    oneOf(['all', 'web', 'worker']).default('all'),
  ),
  stopSeconds: setting(
    {
      key: 'GREENROOM_STOP_SECONDS',
      chapter: 'Address',
      description:
        'How long requests and sweeps in flight may take to end after SIGTERM; then they are cut.',
      example: '20',
      without: '`20`',
    },
    wholeNumber(0, 600).default(20),
  ),

  databaseUrl: setting(
    {
      key: 'DATABASE_URL',
      chapter: 'Database and data',
      description:
        'A PostgreSQL database, 15 or later, of which the user is the owner. Without it Greenroom runs a PostgreSQL of its own in the data folder.',
      example: 'postgres://greenroom:password@db.example.com:5432/greenroom',
      without: 'an embedded PostgreSQL',
      isSecret: true,
    },
    databaseUrl().optional(),
  ),
  databaseConnections: setting(
    {
      key: 'GREENROOM_DATABASE_CONNECTIONS',
      chapter: 'Database and data',
      description: 'Connections to the database that this process holds at most.',
      example: '20',
      without: '`10`',
    },
    wholeNumber(3, 1000).default(10),
  ),
  dataFolder: setting(
    {
      key: 'GREENROOM_DATA',
      chapter: 'Database and data',
      description:
        "Folder of the embedded database, of the master key made at first start and of the local owner's API key. Made with mode 0700.",
      example: '/var/lib/greenroom',
      without: '`greenroom-data` in the working directory',
    },
    z.string().default('greenroom-data'),
  ),

  masterKey: setting(
    {
      key: 'GREENROOM_MASTER_KEY',
      chapter: 'Master key',
      description:
        'The key that wraps all data keys: 32 bytes in base64. Whoever has it and the database has the tokens; without it they are lost. Set one of key, file and command.',
      example: 'the output of `openssl rand -base64 32`',
      without: '`master.key` in the data folder, made at first start',
      isSecret: true,
    },
    masterKey().optional(),
  ),
  masterKeyFile: setting(
    {
      key: 'GREENROOM_MASTER_KEY_FILE',
      chapter: 'Master key',
      description: 'File that holds the master key, readable by its owner alone.',
      example: '/run/secrets/greenroom-master-key',
      without: 'see `GREENROOM_MASTER_KEY`',
    },
    z.string().optional(),
  ),
  masterKeyCommand: setting(
    {
      key: 'GREENROOM_MASTER_KEY_COMMAND',
      chapter: 'Master key',
      description:
        'Command that prints the master key, run by the shell at start: the way to a key manager.',
      example: 'vault kv get -field=key secret/greenroom',
      without: 'see `GREENROOM_MASTER_KEY`',
    },
    z.string().optional(),
  ),
  masterKeyPrevious: setting(
    {
      key: 'GREENROOM_MASTER_KEY_PREVIOUS',
      chapter: 'Master key',
      description:
        'The master key until now, while `greenroom keys rotate` wraps the data keys anew; afterwards it is not needed.',
      example: 'the former `GREENROOM_MASTER_KEY`',
      without: 'only the present master key opens',
      isSecret: true,
    },
    masterKey().optional(),
  ),
  masterKeyFilePrevious: setting(
    {
      key: 'GREENROOM_MASTER_KEY_FILE_PREVIOUS',
      chapter: 'Master key',
      description: 'File that holds the master key until now.',
      example: '/run/secrets/greenroom-master-key-previous',
      without: 'see `GREENROOM_MASTER_KEY_PREVIOUS`',
    },
    z.string().optional(),
  ),
  masterKeyCommandPrevious: setting(
    {
      key: 'GREENROOM_MASTER_KEY_COMMAND_PREVIOUS',
      chapter: 'Master key',
      description: 'Command that prints the master key until now.',
      example: 'vault kv get -version=3 -field=key secret/greenroom',
      without: 'see `GREENROOM_MASTER_KEY_PREVIOUS`',
    },
    z.string().optional(),
  ),

  tiktokClientKey: setting(
    {
      key: 'TIKTOK_CLIENT_KEY',
      chapter: 'TikTok',
      description:
        "`client_key` of the installation's TikTok app, which every workspace may connect accounts through.",
      example: 'awx7rjc1b2k3lm4n',
      without: 'each workspace brings an app of its own',
    },
    z.string().max(200, 'takes at most 200 characters').optional(),
  ),
  tiktokClientSecret: setting(
    {
      key: 'TIKTOK_CLIENT_SECRET',
      chapter: 'TikTok',
      description: "The app's secret. It is sealed into the database at start.",
      example: 'as the developer portal shows it',
      without: 'each workspace brings an app of its own',
      isSecret: true,
    },
    secret().optional(),
  ),
  tiktokAppIsAudited: setting(
    {
      key: 'TIKTOK_APP_AUDITED',
      chapter: 'TikTok',
      description:
        "Whether TikTok has audited the installation's app for Direct Post. One that it has not may post for 5 users in 24 hours: Greenroom then keeps to it.",
      example: 'true',
      without: 'not known: the first refusal of TikTok teaches it',
    },
    yesOrNo().optional(),
  ),
  tiktokAppDailyUsers: setting(
    {
      key: 'TIKTOK_APP_DAILY_USERS',
      chapter: 'TikTok',
      description:
        "Users for whom TikTok lets the installation's app post in 24 hours: the number of its audit form.",
      example: '500',
      without: '5 if it is not audited, else not known: the first refusal of TikTok teaches it',
    },
    wholeNumber(1, 1_000_000).optional(),
  ),
  tiktokApiUrl: setting(
    {
      key: 'TIKTOK_API_URL',
      chapter: 'TikTok',
      description: "Base URL of TikTok's API; the emulator's, to run without TikTok.",
      example: 'http://127.0.0.1:4010',
      without: '`https://open.tiktokapis.com`',
    },
    origin().default('https://open.tiktokapis.com'),
  ),
  tiktokAuthorizeUrl: setting(
    {
      key: 'TIKTOK_AUTHORIZE_URL',
      chapter: 'TikTok',
      description: "Base URL of TikTok's consent page; the emulator's, to run without TikTok.",
      example: 'http://localhost:4010',
      without: '`https://www.tiktok.com`',
    },
    origin().default('https://www.tiktok.com'),
  ),

  mediaFolder: setting(
    {
      key: 'GREENROOM_MEDIA_FOLDER',
      chapter: 'Media',
      description:
        'Folder of videos and photos. All processes of an installation need to see the same one. A backup does not contain it: copy it beside.',
      example: '/srv/greenroom-media',
      without: '`media` in the data folder',
    },
    z.string().optional(),
  ),
  mediaQuotaBytes: setting(
    {
      key: 'GREENROOM_MEDIA_QUOTA_BYTES',
      chapter: 'Media',
      description:
        'Bytes of media that a workspace may keep. An upload counts whole from its begin.',
      example: '1000000000000',
      without: '`100000000000`, 100 GB',
    },
    wholeNumber(1, 999_999_999_999_999).default(100_000_000_000),
  ),

  publishConcurrency: setting(
    {
      key: 'GREENROOM_PUBLISH_CONCURRENCY',
      chapter: 'Publishing',
      description:
        'Videos that this process uploads to TikTok at a time; each takes some 3 MB of memory. Photos, and videos that TikTok pulls, are not counted.',
      example: '32',
      without: '`16`',
    },
    wholeNumber(1, 256).default(16),
  ),
  videoTransfer: setting(
    {
      key: 'GREENROOM_VIDEO_TRANSFER',
      chapter: 'Publishing',
      description:
        'How videos of the media store get to TikTok: `upload` sends them, `pull` lets TikTok fetch them from `GREENROOM_PUBLIC_URL`, below which TikTok must have verified `/media/`. Photos can only be pulled.',
      example: 'pull',
      without: '`upload`',
    },
    oneOf(['upload', 'pull']).default('upload'),
  ),

  requestsPerMinutePerAddress: setting(
    {
      key: 'GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS',
      chapter: 'Limits',
      description:
        'Requests that one address may send a minute to one process; more get 429. TikTok may send ten times as many events.',
      example: '1200',
      without: '`600`',
    },
    wholeNumber(1, 1_000_000).default(600),
  ),
  requestsPerMinutePerKey: setting(
    {
      key: 'GREENROOM_REQUESTS_PER_MINUTE_PER_KEY',
      chapter: 'Limits',
      description:
        'Requests that one API key or session may send a minute to one process; more get 429.',
      example: '1200',
      without: '`600`',
    },
    wholeNumber(1, 1_000_000).default(600),
  ),
  passwordCost: setting(
    {
      key: 'GREENROOM_PASSWORD_COST',
      chapter: 'Limits',
      description:
        'What hashing a new password costs: the binary logarithm of scrypt’s N. Each step doubles time and memory, 15 takes 32 MiB. Less than 15 only in test mode.',
      example: '16',
      without: '`15`',
    },
    wholeNumber(8, 20).default(PASSWORD_COST),
  ),
  signInAttemptsPerMinute: setting(
    {
      key: 'GREENROOM_SIGN_IN_ATTEMPTS_PER_MINUTE',
      chapter: 'Limits',
      description: 'Attempts to sign in that one address may make a minute.',
      example: '5',
      without: '`10`',
    },
    wholeNumber(1, 100_000).default(10),
  ),
  maxBodyBytes: setting(
    {
      key: 'GREENROOM_MAX_BODY_BYTES',
      chapter: 'Limits',
      description: 'Size of a request body, in bytes; a larger one gets 413.',
      example: '1048576',
      without: '`262144`',
    },
    wholeNumber(1024, 104_857_600).default(262_144),
  ),
  requestSeconds: setting(
    {
      key: 'GREENROOM_REQUEST_SECONDS',
      chapter: 'Limits',
      description:
        'How long a request may take to arrive whole; a slower one gets 408. Uploads of media may take hours, as long as bytes come.',
      example: '60',
      without: '`30`',
    },
    wholeNumber(1, 3600).default(30),
  ),

  webhookPrivateAddresses: setting(
    {
      key: 'GREENROOM_WEBHOOK_PRIVATE_ADDRESSES',
      chapter: 'Limits',
      description:
        'Private addresses or networks that webhooks may be sent to, separated by commas; to these by http, too. Whoever may add an endpoint can make Greenroom knock there.',
      example: '10.20.0.0/16, 127.0.0.1',
      without: 'webhooks go by https to public addresses only',
    },
    networks().default([]),
  ),

  activityRetentionDays: setting(
    {
      key: 'GREENROOM_ACTIVITY_RETENTION_DAYS',
      chapter: 'Retention',
      description: 'How long the audit log is kept. It goes in whole months.',
      example: '730',
      without: '`400`',
    },
    wholeNumber(31, 36_500).default(400),
  ),
  webhookRetentionDays: setting(
    {
      key: 'GREENROOM_WEBHOOK_RETENTION_DAYS',
      chapter: 'Retention',
      description:
        "How long TikTok's events are kept. What is still to be dealt with stays however old it is.",
      example: '30',
      without: '`90`',
    },
    wholeNumber(3, 36_500).default(90),
  ),

  eventRetentionDays: setting(
    {
      key: 'GREENROOM_EVENT_RETENTION_DAYS',
      chapter: 'Retention',
      description:
        'How long events are kept of which timelines, live updates and webhooks are made. Those of a post that has not ended stay.',
      example: '730',
      without: '`400`',
    },
    wholeNumber(7, 36_500).default(400),
  ),

  logLevel: setting(
    {
      key: 'LOG_LEVEL',
      chapter: 'Logs, metrics, traces',
      description:
        'The least grave lines that are written, on stderr. Tokens and secrets are taken out at every level.',
      example: 'debug',
      without: '`info`',
    },
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ),
  logFormat: setting(
    {
      key: 'LOG_FORMAT',
      chapter: 'Logs, metrics, traces',
      description: 'How lines are written: `json` for programs, `text` for people.',
      example: 'json',
      without: '`text` on a terminal, else `json`',
    },
    oneOf(['json', 'text']).optional(),
  ),
  metricsTokenHash: setting(
    {
      key: 'GREENROOM_METRICS_TOKEN',
      chapter: 'Logs, metrics, traces',
      description:
        'Bearer token that opens `/metrics`, and what `/readyz` says beside yes and no. With it, nothing else does.',
      example: 'the output of `openssl rand -hex 24`',
      without:
        'only this machine reads them, and nobody while `GREENROOM_PUBLIC_URL` names another: a proxy here would ask for everybody',
      isSecret: true,
    },
    comparedToken(16).optional(),
  ),
  otlpEndpoint: setting(
    {
      key: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      chapter: 'Logs, metrics, traces',
      description:
        'Base URL of an OpenTelemetry collector that takes traces by OTLP over HTTP (`/v1/traces` is added).',
      example: 'http://127.0.0.1:4318',
      without: 'no traces, and the SDK of OpenTelemetry is not loaded',
    },
    httpUrl().optional(),
  ),
  otlpHeaders: setting(
    {
      key: 'OTEL_EXPORTER_OTLP_HEADERS',
      chapter: 'Logs, metrics, traces',
      description: 'Headers for the collector, as `name=value` separated by commas.',
      example: 'x-api-key=b7f3a1',
      without: 'none',
      isSecret: true,
    },
    headers().optional(),
  ),
  otelServiceName: setting(
    {
      key: 'OTEL_SERVICE_NAME',
      chapter: 'Logs, metrics, traces',
      description: 'Name under which traces of this process appear.',
      example: 'greenroom-eu',
      without: '`greenroom`',
    },
    z.string().default('greenroom'),
  ),

  isTestMode: setting(
    {
      key: 'GREENROOM_TEST_MODE',
      chapter: 'Tests',
      description:
        'Makes a new installation one whose clock can be moved. It holds for the life of the database, and a database that was made without it refuses it: never set it where real accounts are.',
      example: 'true',
      without: '`false`',
    },
    yesOrNo().default(false),
  ),
});
