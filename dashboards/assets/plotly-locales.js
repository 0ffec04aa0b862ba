/* What Plotly itself says, in Russian and Romanian; names of months and days as CLDR has them. */
[
{
  "moduleType": "locale",
  "name": "ru",
  "dictionary": {
    "Download plot as a PNG": "Сохранить график (PNG)",
    "Download plot": "Сохранить график",
    "Taking snapshot - this may take a few seconds": "Сохраняем, это займёт несколько секунд",
    "Snapshot succeeded": "График сохранён",
    "Sorry, there was a problem downloading your snapshot!": "Не удалось сохранить график"
  },
  "format": {
    "days": [
      "воскресенье",
      "понедельник",
      "вторник",
      "среда",
      "четверг",
      "пятница",
      "суббота"
    ],
    "shortDays": [
      "вс",
      "пн",
      "вт",
      "ср",
      "чт",
      "пт",
      "сб"
    ],
    "months": [
      "январь",
      "февраль",
      "март",
      "апрель",
      "май",
      "июнь",
      "июль",
      "август",
      "сентябрь",
      "октябрь",
      "ноябрь",
      "декабрь"
    ],
    "shortMonths": [
      "янв.",
      "февр.",
      "март",
      "апр.",
      "май",
      "июнь",
      "июль",
      "авг.",
      "сент.",
      "окт.",
      "нояб.",
      "дек."
    ],
    "date": "%d.%m.%Y",
    "decimal": ",",
    "thousands": " "
  }
},
{
  "moduleType": "locale",
  "name": "ro",
  "dictionary": {
    "Download plot as a PNG": "Salvează graficul (PNG)",
    "Download plot": "Salvează graficul",
    "Taking snapshot - this may take a few seconds": "Se salvează, poate dura câteva secunde",
    "Snapshot succeeded": "Grafic salvat",
    "Sorry, there was a problem downloading your snapshot!": "Graficul nu a putut fi salvat"
  },
  "format": {
    "days": [
      "duminică",
      "luni",
      "marți",
      "miercuri",
      "joi",
      "vineri",
      "sâmbătă"
    ],
    "shortDays": [
      "dum.",
      "lun.",
      "mar.",
      "mie.",
      "joi",
      "vin.",
      "sâm."
    ],
    "months": [
      "ianuarie",
      "februarie",
      "martie",
      "aprilie",
      "mai",
      "iunie",
      "iulie",
      "august",
      "septembrie",
      "octombrie",
      "noiembrie",
      "decembrie"
    ],
    "shortMonths": [
      "ian.",
      "feb.",
      "mar.",
      "apr.",
      "mai",
      "iun.",
      "iul.",
      "aug.",
      "sept.",
      "oct.",
      "nov.",
      "dec."
    ],
    "date": "%d.%m.%Y",
    "decimal": ",",
    "thousands": "."
  }
}
].forEach((locale) => {
  if (window.Plotly) window.Plotly.register(locale);
  else (window.PlotlyLocales = window.PlotlyLocales || []).push(locale);
});
