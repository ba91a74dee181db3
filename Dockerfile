# Vouch over a PostgreSQL that DATABASE_URL names. The embedded PostgreSQL is left out of the image: it is for machines
# that have only Node.js, and its binaries do not run on Alpine.

FROM node:24-alpine AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:24-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM node:24-alpine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY public ./public
# The operator's command line: docker exec … vouch trace +79161234567
RUN printf '#!/bin/sh\nexec node /app/dist/main.js "${@:---help}"\n' > /usr/local/bin/vouch && chmod 755 /usr/local/bin/vouch
# Only a key that development makes for itself is kept there. A volume takes its owner from this folder.
RUN mkdir -m 700 /data && chown node:node /data
USER node
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell or npm between, so that a stop reaches the process.
CMD ["node", "dist/main.js"]
