// Vendure is GPL-3.0-or-later: a program that tests run, no part of the product.
// A Vendure store on SQLite for tests: `node server.mjs fill FILE` makes its database, `node server.mjs serve FILE PORT`
// runs it on loopback. The working directory is one with the npm packages of package.json.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const { DefaultLogger, LogLevel, Order, TransactionalConnection, bootstrap, dummyPaymentHandler } =
    require('@vendure/core');
const { populate } = require('@vendure/core/cli');

const [what, file, port] = process.argv.slice(2);

const FIRST_ORDER = 41001;

// Order numbers of five digits, which a caller can say. They count up from the last one in the database.
class SpokenOrderCodes {
    init(injector) {
        this.connection = injector.get(TransactionalConnection);
    }
    async generate() {
        if (this.next === undefined) {
            const codes = (await this.connection.rawConnection.getRepository(Order).find()).map(one => Number(one.code));
            this.next ??= Math.max(FIRST_ORDER - 1, ...codes) + 1;
        }
        return String(this.next++);
    }
}

// Signing in takes no third of a second, which the tests would pay over and over.
const hashing = {
    hash: async text => createHash('sha256').update(text).digest('hex'),
    check: async (text, hash) => (await hashing.hash(text)) === hash,
};

// A server that is killed while it writes leaves the file as it was before.
function save(bytes) {
    writeFileSync(`${file}.new`, bytes);
    renameSync(`${file}.new`, file);
}

const config = {
    apiOptions: { hostname: '127.0.0.1', port: Number(port ?? 0), adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
        tokenMethod: ['bearer', 'api-key'],
        superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
        passwordHashingStrategy: hashing,
        requireVerification: false,
    },
    dbConnectionOptions: {
        type: 'sqljs',
        synchronize: what === 'fill',
        autoSave: true,
        autoSaveCallback: save,
        database: existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined,
    },
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    orderOptions: { orderCodeStrategy: new SpokenOrderCodes() },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    plugins: [],
};

const method = (name, settles) => ({
    name,
    handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: String(settles) }] },
});

const initialData = {
    defaultLanguage: 'en',
    defaultZone: 'Americas',
    countries: [{ name: 'United States of America', code: 'US', zone: 'Americas' }],
    taxRates: [{ name: 'Standard', percentage: 0 }],
    shippingMethods: [{ name: 'Standard Shipping', price: 795 }],
    paymentMethods: [method('card', true), method('invoice', false)],
    collections: [],
};

const PRODUCTS = `name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets
Walnut desk lamp,lamp,A lamp,,,,,LAMP-1,129.00,Standard,100000,false,,
Wool blanket,blanket,A blanket,,,,,BLANKET-1,89.50,Standard,100000,false,,
`;

if (what === 'fill') {
    rmSync(file, { force: true });
    const products = `${file}.csv`;
    writeFileSync(products, PRODUCTS);
    const app = await populate(() => bootstrap(config), initialData, products);
    await app.close();
    rmSync(products);
    process.exit(0);
} else {
    await bootstrap(config);
}
