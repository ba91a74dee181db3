import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { maxImportBytes } from '../transfer/import-buffer.ts';

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/** A form with a file, as the console reads it: its texts, and the file if one was chosen. */
export interface UploadedForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: Buffer | undefined;
}

/** Parses a form by RFC 7578; undefined if it is none. */
export async function parseUploadedForm(body: Buffer, contentType: string): Promise<UploadedForm | undefined> {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  const form = await response.formData().catch(() => undefined);
  if (!form) return undefined;
  const fields: Record<string, string> = {};
  let file: Buffer | undefined;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else if (value.size > 0) file = Buffer.from(await value.arrayBuffer());
  }
  return { fields, file };
}

/** A file as the text of a hidden field: the page of a dry run carries it to the import, and no server keeps it. */
export async function packFile(file: Buffer): Promise<string> {
  return (await pack(file)).toString('base64');
}

/** The file of such a text; undefined for another text, or for a file that is too large. */
export async function unpackFile(text: string): Promise<Buffer | undefined> {
  return unpack(Buffer.from(text, 'base64'), { maxOutputLength: maxImportBytes }).catch(() => undefined);
}
