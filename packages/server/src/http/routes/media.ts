import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { deleteMedia } from '../../media/delete-media.ts';
import {
  type DomainProof,
  deleteDomainProof,
  listDomainProofs,
  putDomainProof,
} from '../../media/domain-proofs.ts';
import { getMedia, listMedia, type Media } from '../../media/list-media.ts';
import { mediaRefusals } from '../../media/refusals.ts';
import { getUsage } from '../../media/upload/create-upload.ts';
import { Cursors, positionOf } from '../page.ts';
import { route, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers media and the signature files of domains. Bytes come in elsewhere: `uploads.ts`. */
export function registerMedia(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('media', z.uuid());

  route(app, services, operations.listMedia, async ({ tx, query }) => {
    const { cursor, limit, state } = query;
    const rows = await listMedia(tx, { after: cursors.read(cursor), limit: limit + 1, state });
    return { status: 200, body: cursors.page(rows, limit, positionOf, toWire) };
  });

  route(app, services, operations.getMedia, async ({ tx, params }) => {
    return { status: 200, body: toWire(await getMedia(tx, params.id)) };
  });

  // The bytes go after the commit.
  routeWithoutTransaction(app, services, operations.deleteMedia, async ({ principal, params }) => {
    await deleteMedia(services, principal, params.id);
    return { status: 204 };
  });

  route(app, services, operations.getMediaUsage, async ({ tx }) => {
    const { bytes, files } = await getUsage(tx);
    const { mediaQuotaBytes } = services.config;
    return { status: 200, body: { bytes_used: bytes, bytes_quota: mediaQuotaBytes, files } };
  });

  registerDomainProofs(app, services);
}

function registerDomainProofs(app: FastifyInstance, services: Services): void {
  const { publicUrl } = services.config;
  const toProof = ({ created_at, file_name }: DomainProof) => ({
    file_name,
    url: `${publicUrl}/${file_name}`,
    created_at: created_at.toISOString(),
  });

  route(app, services, operations.listDomainProofs, async ({ tx }) => {
    return { status: 200, body: { items: (await listDomainProofs(tx)).map(toProof) } };
  });

  route(app, services, operations.putDomainProof, async ({ tx, principal, params, body }) => {
    const file = { fileName: params.file_name, content: body.content };
    return { status: 200, body: toProof(await putDomainProof(tx, principal, file)) };
  });

  route(app, services, operations.deleteDomainProof, async ({ tx, principal, params }) => {
    await deleteDomainProof(tx, principal, params.file_name);
    return { status: 204 };
  });
}

function toWire({ created_at, ready_at, state_reason: code, ...rest }: Media) {
  return {
    ...rest,
    reason: code === null ? null : { code, ...mediaRefusals[code] },
    created_at: created_at.toISOString(),
    ready_at: ready_at?.toISOString() ?? null,
  };
}
