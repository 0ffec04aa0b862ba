/* What only the browser knows: its width and its address. No page is fetched again for either. */
(function () {
  const phone = window.matchMedia('(max-width: 600px)');
  const none = () => window.dash_clientside.no_update;

  function address(changes) {
    const query = new URLSearchParams(window.location.search);
    Object.entries(changes).forEach(([name, value]) => (value ? query.set(name, value) : query.delete(name)));
    const text = query.toString();
    window.history.replaceState(window.history.state, '', window.location.pathname + (text ? '?' + text : ''));
  }

  async function refetch(grid) {
    const api = await window.dash_ag_grid.getApiAsync(grid);
    api.ensureIndexVisible(0);
    api.purgeInfiniteCache();
  }

  function cookie(name, value) {
    document.cookie = name + '=' + value + '; path=/; SameSite=Lax; max-age=31536000';
  }

  /* A page that renews itself says so: it keeps nobody signed in. */
  const ask = window.fetch;
  window.fetch = function (address, how) {
    const ticked = how && typeof how.body === 'string' && how.body.includes('"changedPropIds":["health-tick.n_intervals"]');
    return ask.call(window, address, ticked ? { ...how, headers: { ...how.headers, 'X-By-Itself': '1' } } : how);
  };

  phone.addEventListener('change', () => {
    cookie('narrow', phone.matches ? 1 : 0);
    if (document.getElementById('choose-period')) window.dash_clientside.set_props('look', { data: phone.matches });
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    board: {
      speak: function (code) {
        if (code === document.documentElement.lang) return none();
        cookie('lang', code);
        address({ lang: '' });
        window.location.reload();
        return code;
      },
      anchor: function () {
        const name = window.location.hash.slice(1);
        if (name) setTimeout(() => document.getElementById(name)?.scrollIntoView(), 300);
        return name;
      },
      print: function () {
        window.print();
        return none();
      },
      choose: function (campaign, version, goal, status, period) {
        const choices = { campaign: campaign, version: version, goal: goal, status: status };
        address(Object.assign(choices, { period: period === 'all' ? '' : period }));
        return '';
      },
      menu: function (opened, path, navbar) {
        const asked = window.dash_clientside.callback_context.triggered.some((t) => t.prop_id === 'burger.opened');
        const open = Boolean(asked && opened);
        return [Object.assign({}, navbar, { collapsed: { mobile: !open } }), open];
      },
      refetch: function (text, show, campaign) {
        address({ q: text, show: show, campaign: campaign });
        refetch('decisions');
        return '';
      },
      refetchWaiting: function (reason) {
        address({ reason: reason });
        refetch('waiting');
        return '';
      },
      openStory: function (rows) {
        if (!rows || !rows.length) return none();
        address({ id: rows[0].id });
        return Number(rows[0].id);
      },
      closeStory: function (opened) {
        if (opened) return none();
        address({ id: '' });
        window.dash_clientside.set_props('decisions-open', { data: '' });
        return [];
      },
    },
  });
})();
