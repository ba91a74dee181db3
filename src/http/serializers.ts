import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';

type Factory = ReturnType<typeof SerializerSelector>;

const compileAnew = SerializerSelector();
const compilers = new Map<string, ReturnType<Factory>>();

/**
 * Compiles each schema once: a hundred responses have the schema of problems, and a compilation takes a millisecond. A
 * second server of the process, as tests have them, finds all compiled.
 */
export const buildSerializer: Factory = (shared, options) => {
  const key = JSON.stringify(shared);
  const compiler = compilers.get(key) ?? remembering(compileAnew(shared, options));
  compilers.set(key, compiler);
  return compiler;
};

function remembering(compile: ReturnType<Factory>): ReturnType<Factory> {
  const serializers = new Map<string, ReturnType<typeof compile>>();
  return (route) => {
    const key = JSON.stringify(route.schema);
    const serializer = serializers.get(key) ?? compile(route);
    serializers.set(key, serializer);
    return serializer;
  };
}
