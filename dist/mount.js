const { load, run } = require('./start.js');
run(load('./build-omi.js').mount);
